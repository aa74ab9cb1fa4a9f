/* Puts the pages of the guide into one document; tools/make_pdf.py runs it in the browser. */
async ({ parts, version }) => {
  const whole = document.getElementById("whole");
  const make = (name, properties, ...inside) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inside);
    return made;
  };
  const names = new Set(parts.flatMap(({ pages }) => pages));
  const id = (page, name) => `${page.replace(/[^a-z0-9]+/gi, "-")}--${name}`;

  /* A heading one step down, so that parts stand above chapters in the bookmarks. */
  function lower(heading) {
    const level = Number(heading.tagName[1]);
    const made = make(`h${Math.min(6, level + 1)}`, { className: `was-${level}` });
    made.append(...heading.childNodes);
    heading.replaceWith(made);
  }

  function point(page, element, attribute) {
    const written = element.getAttribute(attribute);
    if (!written || /^(data|mailto|https?):/.test(written)) return;
    const url = new URL(written, new URL(page, location.href));
    const path = url.pathname.slice(1).replace(/\.html$/, "");
    if (attribute === "href" && names.has(path)) {
      element.setAttribute("href", `#${id(path, url.hash.slice(1) || "top")}`);
    } else if (attribute === "href" && element.tagName === "A") {
      element.removeAttribute("href");
    } else element.setAttribute(attribute, url.pathname.slice(1));
  }

  async function chapter(page) {
    const answer = await fetch(`${page}.html`);
    if (!answer.ok) throw new Error(`${page} is not among the built pages`);
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    const article = document.adoptNode(read.querySelector("article.bd-article"));
    const useless = "script:not([type]), .headerlink, .onlyprint";
    article.querySelectorAll(useless).forEach((element) => element.remove());
    for (const element of article.querySelectorAll("[id]")) element.id = id(page, element.id);
    for (const element of article.querySelectorAll("[href]")) point(page, element, "href");
    for (const element of article.querySelectorAll("[src]")) point(page, element, "src");
    for (const name of ["for", "aria-labelledby", "aria-describedby"]) {
      for (const element of article.querySelectorAll(`[${name}]`)) {
        const aims = element.getAttribute(name).split(" ").map((aim) => id(page, aim));
        element.setAttribute(name, aims.join(" "));
      }
    }
    article.querySelectorAll("details").forEach((folded) => { folded.open = true; });
    const title = article.querySelector("h1")?.textContent ?? page;
    article.querySelectorAll("h1, h2, h3, h4, h5").forEach(lower);
    article.id = id(page, "top");
    return { article, title };
  }

  /* A table that is wider than the paper is printed smaller. */
  function fit(table) {
    const room = whole.clientWidth - (table.getBoundingClientRect().left - whole.offsetLeft);
    const ratio = room / table.scrollWidth;
    if (ratio < 0.6) table.style.overflowWrap = "anywhere";
    else if (ratio < 1) table.style.zoom = ratio;
  }

  const list = make("ol");
  whole.append(
    make("section", { className: "guide-cover" }, make("h1", {}, document.title),
      make("p", {}, `Version ${version}. Text: CC BY 4.0. Code: Apache 2.0.`)),
    make("nav", {}, make("h1", {}, "Contents"), list));
  for (const { caption, pages } of parts) {
    const below = make("ol");
    if (caption) {
      whole.append(make("section", { className: "guide-part" }, make("h1", {}, caption)));
      list.append(make("li", { className: "caption" }, caption));
    }
    list.append(make("li", {}, below));
    for (const page of pages) {
      const { article, title } = await chapter(page);
      whole.append(article);
      const kind = page.startsWith("notebooks/") ? " (notebook)" : "";
      below.append(make("li", {}, make("a", { href: `#${article.id}` }, title), kind));
      window.told(title);
    }
  }
  whole.querySelectorAll("article table").forEach(fit);
}
