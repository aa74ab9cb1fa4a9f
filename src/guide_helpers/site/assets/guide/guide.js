/* What the page's other scripts share, in `window.guide`. Nothing is loaded from another site.

   home   address of the guide's own files, `_static/guide/`
   root   address of the first page's folder
   page   what the build says of this page (site/page_data.py)
   load   loads a script of ours once: guide.load("plotly/plotly-cartesian.min.js").then(...)
   make   makes an element: guide.make("button", { type: "button" }, "Run")
   store  remembers under guide.<key>: guide.store("localStorage").get("path"), .set("path", null)
   draw   draws a plotly figure into an element (figures.js) */
(() => {
  "use strict";

  const home = new URL(".", document.currentScript.src).href;
  const root = new URL("../../", home).href;
  const said = document.getElementById("guide-page");
  const loaded = new Map();

  /* A module loader on the page would catch the library's name, so hide it meanwhile. */
  function load(path) {
    if (!loaded.has(path)) {
      loaded.set(path, new Promise((resolve, reject) => {
        const loader = window.define;
        if (loader) window.define = undefined;
        const restore = () => { if (loader) window.define = loader; };
        const script = document.createElement("script");
        script.src = new URL(path, home).href;
        script.onload = () => { restore(); resolve(); };
        script.onerror = () => {
          restore();
          loaded.delete(path);
          reject(new Error(`${path} could not be loaded`));
        };
        document.head.append(script);
      }));
    }
    return loaded.get(path);
  }

  function make(name, properties = {}, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...inside);
    return made;
  }

  /* Storage may be full, forbidden, or missing in a page opened from a folder. */
  const store = (kind) => ({
    get(key) {
      try { return JSON.parse(window[kind].getItem(`guide.${key}`)); } catch { return null; }
    },
    set(key, value) {
      try {
        if (value === null) window[kind].removeItem(`guide.${key}`);
        else window[kind].setItem(`guide.${key}`, JSON.stringify(value));
        return true;
      } catch { return false; }
    },
  });

  window.guide = { home, root, page: said ? JSON.parse(said.textContent) : {}, load, make, store };
})();
