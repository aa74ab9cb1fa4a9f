/* Shows the definition of a term, or the source of a citation, beside its link: on hover, focus
   and tap. Escape closes it, the pointer may move onto it, and it stays until the reader leaves.
   Without this script, or in a browser without popovers, the links are links. */
(() => {
  "use strict";

  if (!("popover" in HTMLElement.prototype)) return;
  const { make } = guide;
  const delay = { open: 250, close: 300 };
  let shown = null;
  let timer = 0;
  let count = 0;

  /* What stands in a pop-up: its text, and where one can go from it. */
  function term(link) {
    const text = guide.page.terms?.[decodeURIComponent(new URL(link.href).hash.slice(1))];
    const more = make("a", { href: link.href, textContent: "In the glossary" });
    return text && [text, [more]];
  }

  function source(link) {
    const text = link.title;
    link.removeAttribute("title");
    if (!text) return null;
    const doi = text.match(/doi:(\S+?)\.?(\s|$)/)?.[1];
    const url = doi ? `https://doi.org/${doi}` : text.match(/URL: (\S+?)\.?(\s|$)/)?.[1];
    const plain = text.replace(/\s*(URL|doi): ?\S+/g, "").trim();
    const outside = url ? [make("a", { href: url, textContent: doi ? `doi:${doi}` : url })] : [];
    return [plain, [...outside, make("a", { href: link.href, textContent: "In the list of sources" })]];
  }

  function place(box, link) {
    const at = [...link.getClientRects()].at(-1) ?? link.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(at.left, width - box.offsetWidth - 8));
    const below = at.bottom + box.offsetHeight + 8 < innerHeight || at.top < box.offsetHeight + 8;
    const top = below ? at.bottom : at.top - box.offsetHeight;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${top + scrollY}px`;
  }

  function close() {
    clearTimeout(timer);
    if (shown?.box.matches(":popover-open")) shown.box.hidePopover();
    shown = null;
  }

  function open(popup) {
    clearTimeout(timer);
    if (shown === popup) return;
    close();
    shown = popup;
    popup.box.showPopover();
    place(popup.box, popup.link);
  }

  function later(what, after) {
    clearTimeout(timer);
    timer = setTimeout(what, after);
  }

  /* The box stands after its link, so Tab leads from the link into it. */
  function attach(link, [text, links]) {
    count += 1;
    const words = make("span", { id: `guide-popup-${count}`, textContent: text });
    const foot = make("span", { className: "guide-popup-links" }, ...links);
    const box = make("span", { className: "guide-popup", popover: "manual" }, words, foot);
    const popup = { link, box };
    const both = [link, box];
    link.after(box);
    link.setAttribute("aria-describedby", words.id);
    for (const part of both) {
      part.addEventListener("pointerenter", ({ pointerType }) => {
        if (pointerType !== "touch") later(() => open(popup), shown === popup ? 0 : delay.open);
      });
      part.addEventListener("pointerleave", ({ pointerType }) => {
        if (pointerType !== "touch") later(close, delay.close);
      });
      part.addEventListener("focusin", () => {
        if (part === box || link.matches(":focus-visible")) open(popup);
      });
      part.addEventListener("focusout", ({ relatedTarget }) => {
        if (!both.some((one) => one.contains(relatedTarget))) later(close, 0);
      });
    }
    link.addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || shown === popup) return;
      event.preventDefault();
      open(popup);
    });
  }

  /* A box inside a popup's own words, in a title or in a list of contents would be too much. */
  const body = document.querySelector("article.bd-article");
  const outside = (link) => !link.closest("h1, h2, h3, .guide-popup, .toctree-wrapper");
  const terms = body?.querySelectorAll('a[href*="#term-"]:not(.headerlink)') ?? [];
  const cited = body?.querySelectorAll(".bibtex-citation a[title], a.reference[href*='references.html#id'][title]") ?? [];
  const found = [...[...terms].map((link) => [link, term]), ...[...cited].map((link) => [link, source])];
  for (const [link, tell] of found) {
    const said = outside(link) && tell(link);
    if (said) attach(link, said);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !shown) return;
    const { link, box } = shown;
    if (box.contains(document.activeElement)) link.focus();
    close();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (shown && ![shown.link, shown.box].some((part) => part.contains(target))) close();
  });
  window.addEventListener("resize", close);
  window.addEventListener("beforeprint", close);
})();
