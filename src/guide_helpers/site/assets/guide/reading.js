/* What the browser remembers of a reader: path, pages read, answers. It stays in this browser.

   guide.memory.get(key)          what is kept under guide.<key>, or null
   guide.memory.keep(key, value)  keeps it; does nothing where the browser forbids it
   guide.memory.forget()          drops path, pages and answers
   guide.markRead(page, read)     marks a page as read, and tells it to the page */
(() => {
  "use strict";

  const { get, set: keep } = guide.store("localStorage");

  function forget() {
    for (const key of ["path", "read", "checks"]) keep(key, null);
    document.dispatchEvent(new Event("guide-read"));
  }

  guide.memory = { get, keep, forget };
  guide.pagesRead = () => new Set(get("read") ?? []);
  guide.markRead = (page, read = true) => {
    const pages = guide.pagesRead();
    if (read) pages.add(page);
    else pages.delete(page);
    keep("read", [...pages]);
    document.dispatchEvent(new Event("guide-read"));
  };

  /* Whoever goes on has read the page. */
  for (const next of document.querySelectorAll(".prev-next-area a.right-next")) {
    next.addEventListener("click", () => { if (guide.page.page) guide.markRead(guide.page.page); });
  }
})();
