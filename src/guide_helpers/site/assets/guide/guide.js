/* Draws the guide's plotly figures when they come into view. Nothing is loaded from another site. */
(() => {
  "use strict";

  const home = new URL(".", document.currentScript.src).href;
  const kind = "application/vnd.plotly.v1+json";
  const config = { displayModeBar: false, displaylogo: false, responsive: false };
  const colours = {
    light: ["#00609c", "#c1440e", "#007a5a", "#8c4a9e", "#7a5d00", "#4d4d4d"],
    dark: ["#6db9ee", "#f39a5b", "#3cc9a3", "#d79be6", "#e6c84a", "#c8c8c8"],
  };

  let library;

  /* Load plotly once. A module loader on the page would catch its name, so hide it meanwhile. */
  function plotly() {
    library ??= new Promise((resolve, reject) => {
      const loader = window.define;
      if (loader) window.define = undefined;
      const restore = () => { if (loader) window.define = loader; };
      const script = document.createElement("script");
      script.src = home + "plotly/plotly-cartesian.min.js";
      script.onload = () => { restore(); resolve(window.Plotly); };
      script.onerror = () => { restore(); reject(new Error("plotly could not be loaded")); };
      document.head.append(script);
    });
    return library;
  }

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

  async function draw(figure) {
    const place = figure.querySelector(".guide-drawing");
    const { data, layout } = JSON.parse(figure.querySelector(`script[type="${kind}"]`).textContent);
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

  const figures = document.querySelectorAll("figure.guide-plotly");

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
