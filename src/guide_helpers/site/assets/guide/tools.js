/* Small tools of a page: the notebook it opens, the addresses on paper, entries first in the search. */
(() => {
  "use strict";

  const { make } = guide;

  /* A notebook is kept, not shown as text in a tab. */
  for (const link of document.querySelectorAll('.article-header-buttons a[href$=".ipynb"]')) {
    link.setAttribute("download", "");
    link.removeAttribute("target");
  }

  /* Under `guide serve` a page's notebook opens in JupyterLab too; the server is asked on a click. */
  const notebook = guide.page.opens;
  const menu = document.querySelector(".dropdown-launch-buttons");

  async function lab() {
    const answer = await fetch(`${guide.root}kernels.json`);
    const server = answer.ok ? await answer.json() : {};
    if (!server.lab) return;
    const below = [server.files, notebook].filter(Boolean).join("/");
    const href = `${server.base}lab/tree/${below.split("/").map(encodeURIComponent).join("/")}`;
    menu.querySelector("ul").prepend(make("li", {}, make("a", {
      href, target: "_blank", className: "btn btn-sm dropdown-item",
      textContent: "JupyterLab on this server",
    })));
  }

  if (menu && notebook && location.protocol !== "file:") {
    menu.querySelector("button").addEventListener("click", () => {
      lab().catch(() => { /* no server of ours: Binder stays */ });
    }, { once: true });
  }

  /* Paper is light, whatever the screen is. */
  let screen = null;
  const root = document.documentElement;
  addEventListener("beforeprint", () => {
    if (root.dataset.theme !== "dark") return;
    screen = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    if (screen) root.dataset.theme = screen;
    screen = null;
  });

  /* The theme's search: what a name fits exactly comes first. */
  if (window.Scorer) {
    const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
    let query = [];
    const parse = Search._parseQuery;
    Search._parseQuery = (asked) => {
      query = words(asked);
      return parse(asked);
    };
    const order = {
      entry(result) {
        const [, title, , about, score] = result;
        const [name, ...more] = title.split(" \u2013 ");
        const [code, others] = more.join(" \u2013 ").split(", also: ");
        const [named, all] = [words(name), words(title)];
        const bonus = query.every((word) => named.includes(word)) ? 20 - Math.min(named.length, 10)
          : query.every((word) => all.includes(word)) ? 8 : 0;
        result[1] = name;
        result[3] = `${code}; ${about}${others ? `; also: ${others}` : ""}`;
        return score + bonus + (code === query.join("_") ? 15 : 0);
      },
      term(result) {
        result[1] = `${result[1]}: ${result[2].slice(6).replaceAll("-", " ")}`;
        return result[4] > 99 ? 20 : Math.min(result[4], 10);
      },
    };
    window.Scorer.score = (result) => {
      const [, title, anchor, about, score] = result;
      if (about && title.includes(" \u2013 ")) return order.entry(result);
      return anchor.startsWith("#term-") ? order.term(result) : score;
    };
    /* A summary costs a whole page, so only the first results get one; from a folder, none. */
    const shown = document.getElementsByClassName("search");
    Object.defineProperty(DOCUMENTATION_OPTIONS, "SHOW_SEARCH_SUMMARY", {
      get: () => location.protocol !== "file:" && (shown[0]?.children.length ?? 0) < 10,
    });
    const summary = Search.makeSearchSummary;
    Search.makeSearchSummary = (...told) => summary(...told) ?? make("p", {});
  }
})();
