/* Reading paths: choosing one, where one is on it, and what is left. The paths themselves are in
   paths-data.js, which the build writes from book/front/paths.yml. */
(() => {
  "use strict";

  const { make, memory, root } = guide;
  const here = guide.page.page;
  const address = (page) => `${root}${page}.html`;
  const article = document.querySelector("article.bd-article");
  const told = [...document.querySelectorAll("section.guide-path-told")];
  const chosen = memory.get("path");

  if (!article || !here || (!chosen && !told.length)) return;

  const left = (path) => {
    const read = guide.pagesRead();
    return path.steps.filter((step) => !read.has(step.page))
      .reduce((sum, step) => sum + step.minutes, 0);
  };

  const minutes = (count) => {
    const [hours, rest] = [Math.floor(count / 60), count % 60];
    const h = hours ? `${hours} hour${hours > 1 ? "s" : ""}` : "";
    return [h, rest || !hours ? `${rest} minutes` : ""].filter(Boolean).join(" ");
  };

  /* On a page of the path */

  function link(step, word, className) {
    const a = make("a", { href: address(step.page), className },
      make("span", { textContent: `${word} on the path` }), " ", make("b", { textContent: step.title }));
    if (word === "Next") a.addEventListener("click", () => guide.markRead(here));
    return a;
  }

  function position(path, at) {
    const rest = left(path);
    const time = rest ? `about ${minutes(rest)} left` : "all read";
    const name = path.title.toLowerCase();
    if (at < 0) return `Path: ${name}. This page is not on it; ${time}.`;
    const note = path.steps[at].note ? ` Here: ${path.steps[at].note}.` : "";
    return `Path: ${name}, step ${at + 1} of ${path.steps.length}, ${time}.${note}`;
  }

  function nearest(path) {
    const read = guide.pagesRead();
    return path.steps.find((step) => !read.has(step.page)) ?? path.steps[0];
  }

  const whole = (path, text, className = "") => make("a", {
    href: `${address("book/front/reading_paths")}#path-${path.slug}`, className, textContent: text,
  });

  function around(path, at) {
    if (at < 0) return [link(nearest(path), "Go on", "guide-path-next")];
    const [before, after] = [path.steps[at - 1], path.steps[at + 1]];
    const end = whole(path, "The end of the path: see what you have read", "guide-path-next");
    end.addEventListener("click", () => guide.markRead(here));
    return [
      ...(before ? [link(before, "Previous", "guide-path-before")] : []),
      after ? link(after, "Next", "guide-path-next") : end,
    ];
  }

  function leaving() {
    const leave = make("button", { type: "button", className: "guide-button", textContent: "Leave the path" });
    leave.addEventListener("click", () => {
      memory.keep("path", null);
      document.querySelectorAll(".guide-path").forEach((one) => one.remove());
      const title = article.querySelector("h1");
      title.tabIndex = -1;
      title.focus();
    });
    return leave;
  }

  function marking() {
    const mark = make("button", { type: "button", className: "guide-button" });
    mark.addEventListener("click", () => guide.markRead(here, !guide.pagesRead().has(here)));
    return [mark, () => {
      mark.textContent = guide.pagesRead().has(here) ? "Mark as not read" : "Mark as read";
    }];
  }

  /* Above the text: where one is. Below it: also where to go on. */
  function bar(path, at, last) {
    const where = make("p", {});
    const nav = make("nav", { className: "guide-path" }, where);
    nav.setAttribute("aria-label", last ? "Reading path, end of the page" : "Reading path");
    const [mark, remark] = marking();
    if (last || at < 0) nav.append(make("div", { className: "guide-path-links" }, ...around(path, at)));
    nav.append(make("div", { className: "guide-path-tools" },
      whole(path, "Whole path"), ...(last ? [mark] : []), leaving()));
    const refresh = () => {
      where.textContent = position(path, at);
      remark();
    };
    document.addEventListener("guide-read", refresh);
    refresh();
    return nav;
  }

  function walk() {
    const path = guide.paths.find((one) => one.slug === memory.get("path"));
    if (!path) return;
    const at = path.steps.findIndex((step) => step.page === here);
    article.prepend(bar(path, at, false));
    if (at >= 0) article.append(bar(path, at, true));
  }

  /* On the page of the paths */

  function tell(section) {
    const path = guide.paths.find((one) => `path-${one.slug}` === section.id);
    if (!path) return;
    const button = make("button", { type: "button", className: "guide-button" });
    const first = make("a", { className: "guide-path-start" });
    const status = make("p", { className: "guide-path-status" });
    button.addEventListener("click", () => {
      memory.keep("path", memory.get("path") === path.slug ? null : path.slug);
      document.dispatchEvent(new Event("guide-read"));
    });
    const box = make("div", { className: "guide-path-choice" }, button, first, status);
    section.querySelector("p").after(box);
    function refresh() {
      const follows = memory.get("path") === path.slug;
      const read = guide.pagesRead();
      const done = path.steps.filter((step) => read.has(step.page)).length;
      const next = nearest(path);
      button.textContent = follows ? "Leave this path" : "Follow this path";
      section.classList.toggle("guide-path-followed", follows);
      first.hidden = !follows;
      first.href = address(next.page);
      first.textContent = `${done ? "Go on with" : "Start with"} ${next.title}`;
      const time = left(path) ? `about ${minutes(left(path))} left` : "all read";
      status.textContent = done || follows ? `${done} of ${path.steps.length} steps read, ${time}.` : "";
    }
    document.addEventListener("guide-read", refresh);
    refresh();
  }

  /* Each step gets a box to tick, so a reader can keep the list by hand. */
  function tick(item) {
    const a = item.querySelector("a[href]");
    const file = new URL(a.href).href.split("#")[0];
    const page = file.startsWith(root) ? file.slice(root.length).replace(/\.html$/, "") : null;
    if (!page || page === here) return;
    const box = make("input", { type: "checkbox", autocomplete: "off" });
    box.setAttribute("aria-label", `Read: ${a.textContent}`);
    box.addEventListener("change", () => guide.markRead(page, box.checked));
    item.querySelector("p")?.prepend(box, " ");
    const refresh = () => { box.checked = guide.pagesRead().has(page); };
    document.addEventListener("guide-read", refresh);
    refresh();
  }

  function forgetting() {
    const button = make("button", { type: "button", className: "guide-button", textContent: "Forget my progress" });
    const said = make("p", { role: "status" });
    button.addEventListener("click", () => {
      memory.forget();
      said.textContent = "Forgotten: your path, the pages you have read and your answers.";
    });
    const box = make("div", { className: "guide-path-forget" }, button, said);
    told[0].before(box);
  }

  guide.load("paths-data.js").then(() => {
    if (!told.length) return walk();
    told.forEach((section) => {
      tell(section);
      section.querySelectorAll("ol > li").forEach(tick);
    });
    return forgetting();
  }).catch((problem) => console.error(problem));
})();
