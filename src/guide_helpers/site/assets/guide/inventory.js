/* Lets a reader search, filter and sort the inventories. Without this script the table stays as it
   is. Which columns get a menu stands in the table's classes: guide-menus-1-2-4. */
(() => {
  "use strict";

  const parts = (cell) => cell.textContent.trim().split("; ");
  const order = new Intl.Collator("en", { numeric: true }).compare;

  const { make } = guide;

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
    const heading = place.closest("section")?.querySelector("h1, h2, h3");
    const name = heading?.firstChild.textContent.trim() ?? "entries";
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
    panel.setAttribute("aria-label", `Search and filter: ${name}`);
    place.prepend(panel);
    const box = table.parentElement;
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `Table: ${name}`);
    show();
  }

  for (const place of document.querySelectorAll(".guide-inventory")) {
    const menus = [...place.classList].find((name) => name.startsWith("guide-menus-"));
    if (menus) sieve(place, menus.split("-").slice(2).map(Number));
  }
})();
