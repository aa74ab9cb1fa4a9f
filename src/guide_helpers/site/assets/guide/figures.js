/* Draws the guide's plotly figures when they come into view. */
(() => {
  "use strict";

  const kind = "application/vnd.plotly.v1+json";
  const config = { displayModeBar: false, displaylogo: false, responsive: false };
  const colours = {
    light: ["#00609c", "#c1440e", "#007a5a", "#8c4a9e", "#7a5d00", "#4d4d4d"],
    dark: ["#6db9ee", "#f39a5b", "#3cc9a3", "#d79be6", "#e6c84a", "#c8c8c8"],
  };

  const plotly = async () => {
    await guide.load("plotly/plotly-cartesian.min.js");
    return window.Plotly;
  };

  const isDark = () => document.documentElement.dataset.theme === "dark";
  const css = (name, otherwise) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim() || otherwise;

  /* The page's own template: whatever a figure sets itself wins. */
  function template() {
    const text = css("--pst-color-text-base", isDark() ? "#eeeeee" : "#222222");
    const axis = {
      automargin: true,
      gridcolor: isDark() ? "#4a4f57" : "#dcdfe4",
      linecolor: text,
      zerolinecolor: "#8a919c",
    };
    return {
      data: { bar: [{ error_x: { color: text }, error_y: { color: text } }] },
      layout: {
        colorway: colours[isDark() ? "dark" : "light"],
        font: { color: text, family: getComputedStyle(document.body).fontFamily, size: 14 },
        hoverlabel: { font: { family: getComputedStyle(document.body).fontFamily } },
        legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom" },
        margin: { l: 8, r: 8, t: 48, b: 8 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: axis,
        yaxis: axis,
      },
    };
  }

  /* Dragging scrolls the page instead of zooming, unless a figure asks for it. */
  function themed(layout, width) {
    const shown = { dragmode: false, ...layout, autosize: true, template: template() };
    delete shown.width;
    if (width < 480) shown.font = { size: 12, ...layout.font };
    return shown;
  }

  const content = new WeakMap();

  function read(figure) {
    if (!content.has(figure)) {
      const script = figure.querySelector(`script[type="${kind}"]`);
      content.set(figure, JSON.parse(script.textContent));
    }
    return content.get(figure);
  }

  const moved = "select, input";
  const number = (control) =>
    control.type === "checkbox" ? Number(control.checked) : control.value;

  /* The drawing of a figure; of an explorer, what the setting of its controls shows. The parts of
     all settings lie in a pool (site/explorers.py); copies, because plotly writes into a layout. */
  function chosen(figure) {
    const { pool, states, ...only } = read(figure);
    if (!states) return { ...only, said: {} };
    const controls = figure.querySelectorAll(`.guide-controls :is(${moved})`);
    const { data, layout, said, text } = states[[...controls].map(number).join("-")];
    const whole = (places) => Object.fromEntries(
      Object.entries(places).map(([name, place]) => [name, structuredClone(pool[place])]),
    );
    return {
      data: data.map(whole),
      layout: whole(layout),
      said: whole(said),
      text: text.map((place) => pool[place]).join(""),
    };
  }

  /* An explorer's settings are all in the page, so it moves without a kernel. */
  function explore(figure) {
    const controls = figure.querySelector(".guide-controls");
    controls.hidden = false;
    figure.querySelector(".guide-setting").hidden = true;
    controls.addEventListener("input", ({ target }) => {
      if (target.dataset.words) word(target);
      const { said, text } = chosen(figure);
      figure.querySelector(".guide-finding").textContent = said.alt;
      figure.querySelector(".guide-view").innerHTML = text;
      tell(figure, said);
      if (figure.matches(".guide-plotly")) show(figure);
    });
    controls.querySelectorAll("[data-words]").forEach(word);
  }

  function word(scale) {
    const words = JSON.parse(scale.dataset.words)[scale.value];
    scale.setAttribute("aria-valuetext", words);
    scale.nextElementSibling.textContent = words;
  }

  /* The caption and the numbers behind the drawing keep step with it. */
  function tell(figure, { caption = "", head = [], rows = [] }) {
    const table = figure.querySelector(":scope > details");
    if (!table) return;
    figure.querySelector("figcaption").textContent = caption;
    table.hidden = !rows.length;
    const line = (name, cells, with_ = {}) => guide.make(
      "tr", {}, ...cells.map((cell) => guide.make(name, with_, cell)),
    );
    table.querySelector("thead").replaceChildren(line("th", head, { scope: "col" }));
    table.querySelector("tbody").replaceChildren(...rows.map((row) => line("td", row)));
  }

  async function draw(figure) {
    const place = figure.querySelector(".guide-drawing");
    const { data, layout, said } = chosen(figure);
    place.hidden = !data.length;
    if (!data.length) return;
    place.style.setProperty("--guide-height", `${layout.height ?? 400}px`);
    const library = await plotly();
    const canvas = figure.querySelector(".guide-canvas") ?? document.createElement("div");
    if (!canvas.isConnected) {
      const alt = place.querySelector(".guide-alt");
      canvas.className = "guide-canvas";
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", alt.textContent);
      alt.hidden = true;
      place.append(canvas);
      new ResizeObserver(() => {
        if (canvas.isConnected && canvas.offsetWidth) library.Plots.resize(canvas);
      }).observe(place);
    }
    if (said.alt) canvas.setAttribute("aria-label", said.alt);
    await library.react(canvas, data, themed(layout, place.offsetWidth), config);
    figure.dataset.drawn = isDark() ? "dark" : "light";
  }

  /* If a drawing fails, its text alternative comes back. */
  function show(figure) {
    draw(figure).catch((problem) => {
      figure.querySelector(".guide-alt").hidden = false;
      figure.querySelector(".guide-canvas")?.remove();
      console.error(problem);
    });
  }

  /* Draw a figure that a kernel sent: `guide.draw(place, { data, layout })`, again after changes. */
  guide.draw = async (place, { data, layout = {} }) => {
    const library = await plotly();
    const { meta, template: _, ...shown } = layout;
    place.classList.add("guide-canvas");
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", meta?.alt ?? shown.title?.text ?? "figure");
    place.style.setProperty("--guide-height", `${shown.height ?? 400}px`);
    await library.react(place, data, themed(shown, place.offsetWidth), config);
  };

  const figures = document.querySelectorAll("figure.guide-plotly");
  document.querySelectorAll("figure.guide-explorer").forEach(explore);

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      show(entry.target);
    }
  }, { rootMargin: "400px" });
  figures.forEach((figure) => near.observe(figure));

  const drawAll = () => figures.forEach((figure) => {
    near.unobserve(figure);
    if (!figure.dataset.drawn) show(figure);
  });
  window.addEventListener("beforeprint", drawAll);

  new MutationObserver(() => {
    const now = isDark() ? "dark" : "light";
    figures.forEach((figure) => {
      if (figure.dataset.drawn && figure.dataset.drawn !== now) show(figure);
    });
  }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
