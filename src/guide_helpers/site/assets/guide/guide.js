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

  const content = new WeakMap();

  /* The drawing of a figure; of an explorer, that of the setting which its controls show. */
  function chosen(figure) {
    if (!content.has(figure)) {
      const script = figure.querySelector(`script[type="${kind}"]`);
      content.set(figure, JSON.parse(script.textContent));
    }
    const { states, ...first } = content.get(figure);
    if (!states) return first;
    const moved = figure.querySelectorAll(".guide-controls :is(select, input)");
    return states[[...moved].map((control) => control.value).join("-")];
  }

  /* An explorer's figures are all in the page, so it moves without a kernel. */
  function explore(figure) {
    const controls = figure.querySelector(".guide-controls");
    controls.hidden = false;
    controls.addEventListener("input", ({ target }) => {
      if (target.dataset.words) {
        const words = JSON.parse(target.dataset.words)[target.value];
        target.setAttribute("aria-valuetext", words);
        target.nextElementSibling.textContent = words;
      }
      figure.querySelector(".guide-finding").textContent = chosen(figure).alt;
      show(figure);
    });
    for (const scale of controls.querySelectorAll("input")) {
      scale.setAttribute("aria-valuetext", JSON.parse(scale.dataset.words)[scale.value]);
    }
  }

  async function draw(figure) {
    const place = figure.querySelector(".guide-drawing");
    const { data, layout, alt: words } = chosen(figure);
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
    if (words) canvas.setAttribute("aria-label", words);
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

/* Lets a reader search, filter and sort the inventories. Without this script the table stays as it
   is. Which columns get a menu stands in the table's classes: guide-menus-1-2-4. */
(() => {
  "use strict";

  const parts = (cell) => cell.textContent.trim().split("; ");
  const order = new Intl.Collator("en", { numeric: true }).compare;

  function make(name, properties, ...inside) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inside);
    return made;
  }

  function menu(name, values) {
    const choice = make("select", {}, make("option", { value: "", textContent: "any" }));
    choice.append(...values.map((v) => make("option", { value: v, textContent: v })));
    return [make("label", {}, make("span", { textContent: name }), choice), choice];
  }

  /* What the search looks through: the row, and the summary and code name in the entry's section. */
  function words(row) {
    const link = row.querySelector("a[href^='#']");
    const section = link && document.getElementById(link.getAttribute("href").slice(1));
    const more = section?.querySelectorAll(":scope > p, :scope > dl code");
    return [row, ...(more ?? [])].map((e) => e.textContent).join(" ").toLowerCase();
  }

  function sieve(place, columns) {
    const table = place.querySelector("table");
    const heads = [...table.tHead.rows[0].cells];
    const names = heads.map((head) => head.textContent.trim());
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const texts = new Map(rows.map((row) => [row, words(row)]));
    const find = make("input", { type: "search", autocomplete: "off", spellcheck: false });
    const told = make("p", { className: "guide-told" });
    const clear = make("button", { type: "button", textContent: "Show all" });
    const menus = columns.map((column) => {
      const values = [...new Set(rows.flatMap((row) => parts(row.cells[column])))];
      const [label, choice] = menu(names[column], values.filter(Boolean).sort(order));
      return { column, label, choice };
    });
    let sorted = null;

    function show() {
      const asked = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        row.hidden = !(
          asked.every((word) => texts.get(row).includes(word)) &&
          menus.every(({ column, choice }) =>
            !choice.value || parts(row.cells[column]).includes(choice.value))
        );
      }
      const count = rows.filter((row) => !row.hidden).length;
      const by = sorted ? `, sorted by ${names[sorted.column]}${sorted.down ? ", from the end" : ""}` : "";
      const none = count ? "" : " Loosen a filter, or show all.";
      told.textContent = `${count} of ${rows.length} entries shown${by}.${none}`;
      clear.disabled = !sorted && !asked.length && menus.every(({ choice }) => !choice.value);
    }

    function sort(column) {
      const down = sorted?.column === column && !sorted.down;
      sorted = { column, down };
      const key = (row) => row.cells[column].textContent.trim();
      body.append(...[...rows].sort((a, b) => order(key(a), key(b)) * (down ? -1 : 1)));
      mark();
      show();
    }

    function mark() {
      heads.forEach((head, i) => {
        if (i !== sorted?.column) head.removeAttribute("aria-sort");
        else head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      });
    }

    function reset() {
      find.value = "";
      menus.forEach(({ choice }) => { choice.value = ""; });
      sorted = null;
      body.append(...rows);
      mark();
      show();
      find.focus();
    }

    heads.forEach((head, i) => {
      const button = make("button", { type: "button", textContent: names[i] });
      button.addEventListener("click", () => sort(i));
      head.replaceChildren(button);
    });
    find.addEventListener("input", show);
    menus.forEach(({ choice }) => choice.addEventListener("change", show));
    clear.addEventListener("click", reset);

    told.setAttribute("role", "status");
    const filters = make("details", { className: "guide-menus", open: innerWidth >= 768 },
      make("summary", { textContent: "Filters" }),
      make("div", {}, ...menus.map(({ label }) => label)));
    const panel = make("div", { className: "guide-sieve" },
      make("label", { className: "guide-find" }, make("span", { textContent: "Search" }), find),
      filters, make("div", { className: "guide-count" }, told, clear));
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", "Search and filter the table");
    place.prepend(panel);
    const box = table.parentElement;
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Table of entries");
    show();
  }

  for (const place of document.querySelectorAll(".guide-inventory")) {
    const menus = [...place.classList].find((name) => name.startsWith("guide-menus-"));
    if (menus) sieve(place, menus.split("-").slice(2).map(Number));
  }
})();
