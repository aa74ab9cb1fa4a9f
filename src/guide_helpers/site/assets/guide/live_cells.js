/* The cells of a live page: an editor, a run button and a live output in place of each saved one.

   guide.live.openCells(connection, { say, run, changed }) gives { runAll, cancel, forget, close,
   showLab, codes }. guide.live.download(cells) hands the reader the page as a notebook. */
(() => {
  "use strict";

  const { make, live, page } = guide;
  const figureKind = "application/vnd.plotly.v1+json";
  const editsKey = `edits.${page.page}`;

  /* Short mark of a text (FNV-1a), to see that a cell has changed since an edit was kept. */
  function mark(text) {
    let sum = 2166136261;
    for (let i = 0; i < text.length; i += 1) {
      sum = Math.imul(sum ^ text.charCodeAt(i), 16777619);
    }
    return (sum >>> 0).toString(36);
  }

  const boxes = () => [...document.querySelectorAll("article.bd-article div.cell")]
    .filter((box) => box.querySelector(".cell_input pre"));
  const codeOf = (box) => box.querySelector(".cell_input pre").textContent.replace(/\n$/, "");
  const edits = () => live.browser.get(editsKey) ?? {};

  function keep(number, entry) {
    const all = edits();
    if (entry) all[number] = entry;
    else delete all[number];
    return live.browser.set(editsKey, Object.keys(all).length ? all : null);
  }

  /* Figures from the kernel, in outputs and in widgets, drawn as those of the page are. */
  function drawFigures(mime) {
    const plain = mime.getFactory("text/plain");
    mime.addFactory({
      safe: true,
      mimeTypes: [figureKind],
      createRenderer(options) {
        const shown = plain.createRenderer(options);
        shown.renderModel = async ({ data }) => {
          const place = shown.node.querySelector(".guide-live-figure")
            ?? make("div", { className: "guide-live-figure" });
          if (!place.isConnected) shown.node.replaceChildren(place);
          place.guideFigure = JSON.parse(JSON.stringify(data[figureKind]));
          await guide.draw(place, place.guideFigure);
          fits.observe(place);
        };
        return shown;
      },
    }, 0);
  }

  const fits = new ResizeObserver((seen) => {
    for (const { target } of seen) {
      if (target.isConnected && target.offsetWidth) window.Plotly.Plots.resize(target);
    }
  });

  /* The handle of a slider has no name of its own; its label and its value are beside it. */
  function nameHandles(place) {
    for (const handle of place.querySelectorAll(".noUi-handle")) {
      const row = handle.closest(".widget-slider");
      const name = row?.querySelector(".widget-label")?.textContent.trim();
      const readout = row?.querySelector(".widget-readout");
      if (!name) continue;
      set(handle, "aria-label", name);
      if (!readout) continue;
      set(handle, "aria-valuetext", readout.textContent);
      set(readout, "role", "textbox");
      set(readout, "aria-label", `${name}, value`);
    }
    for (const named of place.querySelectorAll("[title=null]")) named.removeAttribute("title");
  }

  /* Tables as the build mends them: no empty heading, and a wide one can be scrolled by keyboard. */
  function mendTables(place) {
    for (const head of place.querySelectorAll(".guide-live-output th:empty")) {
      head.replaceWith(make("td"));
    }
    const boxes = ".guide-live-output :is(.jp-RenderedHTML > div, .widget-html-content)"
      + ":not(.guide-scroll):has(table)";
    const found = [...place.querySelectorAll(boxes)];
    found.forEach((box) => box.classList.add("guide-scroll"));
    if (found.length) window.dispatchEvent(new Event("resize")); // access.js looks again
  }

  function set(element, attribute, value) {
    if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
  }

  function openCell(box, number, book, hooks) {
    const pre = box.querySelector(".cell_input pre");
    const frame = pre.closest(".highlight");
    const fold = pre.closest("details");
    const original = codeOf(box);
    const saved = box.querySelector(":scope > .cell_output");
    const out = make("div", { className: "cell_output docutils container guide-live-output" });
    out.hidden = true;
    box.append(out);
    const model = book.cells[number];
    const options = { mountRunButton: false, mountRunAllButton: false, mountRestartButton: false,
      mountRestartAllButton: false,
      codeMirrorConfig: { lineNumbers: false, indentUnit: 4, screenReaderLabel:
        `Code of cell ${number + 1}` } };
    window.thebe.renderAllCells(options, book,
      [{ id: model.id, placeholders: { source: pre, output: out } }]);
    const editorBox = box.querySelector(".thebe-cell");
    const editor = editorBox.querySelector(".CodeMirror").CodeMirror;
    const state = make("span", { className: "guide-live-state" });
    const label = (words) => ({ "aria-label": `${words} ${number + 1}` });
    const run = live.button("Run", () => hooks.run(cell), label("Run cell"));
    const reset = live.button("Reset this cell", undo, label("Reset this cell,"));
    const swap = live.button("Show saved output", () => show(out.hidden), { hidden: true });
    const bar = make("div", { className: "guide-live-bar" }, run, reset, swap, state);
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", `Cell ${number + 1}`);
    editorBox.querySelector(".thebe-controls").replaceWith(bar);
    frame.classList.add("guide-live-code");

    function show(liveOne) {
      out.hidden = !liveOne;
      if (saved) saved.hidden = liveOne;
      swap.hidden = !saved || !model.model.length;
      swap.textContent = liveOne ? "Show saved output" : "Show live output";
    }

    function note(words, kind = "") {
      state.textContent = words;
      box.dataset.live = kind;
      out.setAttribute("aria-busy", kind === "running");
    }

    function edited() {
      const code = editor.getValue();
      const other = code !== original;
      reset.hidden = !other;
      editorBox.classList.toggle("guide-live-edited", other);
      hooks.changed(keep(number, other ? { code, of: mark(original) } : null));
    }

    function undo() {
      editor.setValue(original);
      editor.focus();
    }

    /* What was changed before the page itself changed is offered, not put in. */
    function offer(kept) {
      const box = make("div", { className: "guide-live-offer" },
        make("p", { textContent: "You changed this cell before the page changed it. Your version:" }),
        make("pre", { textContent: kept.code }));
      const take = () => { editor.setValue(kept.code); box.remove(); };
      const drop = () => { keep(number, null); box.remove(); };
      box.append(live.button("Use my version", take), " ", live.button("Drop my version", drop));
      bar.after(box);
    }

    /* Escape, then Tab, leaves the editor; any other key takes that back. */
    const free = { Tab: false, "Shift-Tab": false, name: "guide-free" };
    editor.setOption("extraKeys", {
      ...editor.getOption("extraKeys"),
      "Shift-Enter": () => hooks.run(cell),
      Esc: () => editor.addKeyMap(free),
    });
    editor.on("keydown", (_, { key }) => {
      if (!["Escape", "Tab", "Shift"].includes(key)) editor.removeKeyMap("guide-free");
    });
    editor.on("blur", () => editor.removeKeyMap("guide-free"));
    editor.getInputField().setAttribute("aria-describedby", "guide-live-help");
    const kept = edits()[number];
    if (kept?.of === mark(original)) editor.setValue(kept.code);
    else if (kept) offer(kept);
    reset.hidden = editor.getValue() === original;
    editorBox.classList.toggle("guide-live-edited", !reset.hidden);
    editor.on("change", edited);
    fold?.addEventListener("toggle", () => editor.refresh());
    editor.refresh();

    /* The saved output stays until the first live one is there. */
    async function execute(kernel) {
      const began = performance.now();
      note("running", "running");
      const first = () => { if (model.model.length) show(true); };
      model.model.changed.connect(first);
      try {
        model.area.future = kernel.requestExecute({ code: editor.getValue() });
        const { content } = await model.area.future.done;
        if (content.status === "ok") show(true);
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        const words = { ok: `ran in ${seconds} s`, error: "stopped with an error" };
        note(words[content.status] ?? "was not run", content.status);
        return content;
      } finally {
        model.model.changed.disconnect(first);
      }
    }

    function close() {
      editorBox.replaceWith(pre);
      frame.classList.remove("guide-live-code");
      model.area.dispose();
      out.remove();
      if (saved) saved.hidden = false;
      delete box.dataset.live;
    }

    function unfinished() {
      if (box.dataset.live !== "running" && box.dataset.live !== "waiting") return;
      const began = box.dataset.live === "running";
      note(began ? "was broken off" : "was not run", "broken");
      if (began && saved) show(false);
    }

    const cell = { number, box, execute, note, close, unfinished, code: () => editor.getValue() };
    return cell;
  }

  live.openCells = async (connection, hooks) => {
    const found = boxes();
    const book = connection.notebook(found.map(codeOf));
    drawFigures(connection.mime);
    await source();
    let broken = null;
    let cancelled = false;

    async function silently(code) {
      const asked = connection.kernel.requestExecute({ code, silent: true, store_history: false });
      await Promise.race([asked.done, broken]);
    }

    /* Run cells one after the other; the first error ends it. */
    async function runSome(some) {
      let leave;
      broken = new Promise((_, reject) => { leave = reject; });
      broken.catch(() => {});
      stop = () => leave(new live.trouble("broken off"));
      cancelled = false;
      some.forEach((cell) => cell.note("waits", "waiting"));
      try {
        for (const [i, cell] of some.entries()) {
          hooks.say(`Running cell ${cell.number + 1} of ${cells.length}.`, i, some.length);
          const before = some.length > 1 && page.live.hidden[cell.number];
          if (before) await silently(before);
          if (cancelled) return "Cancelled. The cells that had run keep their live output.";
          const told = await Promise.race([cell.execute(connection.kernel), broken]);
          if (told.status !== "ok") return failure(cell, told, some.length - i - 1);
        }
        return some.length > 1
          ? `All ${some.length} cells have run: what you see is live. Change code or controls.`
          : `Cell ${some[0].number + 1} has run.`;
      } catch (problem) {
        if (!(problem instanceof live.trouble)) throw problem;
        return "";
      } finally {
        some.forEach((cell) => cell.unfinished());
      }
    }

    function failure(cell, told, rest) {
      if (cancelled) return `Cancelled in cell ${cell.number + 1}.`;
      const after = ["", " The cell after it was not run."][rest]
        ?? ` The ${rest} cells after it were not run.`;
      return `Cell ${cell.number + 1} stopped with an error, ${told.ename}: ${told.evalue}.${after}`;
    }

    let stop = () => {};
    const alone = (cell) => {
      cell.note("waits", "waiting");
      return hooks.run(() => runSome([cell]));
    };
    const cells = found.map((box, i) => openCell(box, i, book, { ...hooks, run: alone }));
    const place = document.querySelector("article.bd-article");
    const seen = new MutationObserver(() => {
      nameHandles(place);
      mendTables(place);
    });
    seen.observe(place, { childList: true, subtree: true, characterData: true });
    const themes = new MutationObserver(() => {
      for (const drawn of place.querySelectorAll(".guide-live-figure")) {
        guide.draw(drawn, drawn.guideFigure);
      }
    });
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });

    return {
      runAll: () => runSome(cells),
      cancel() { cancelled = true; return connection.interrupt().catch(() => {}); },
      forget() {
        stop();
        cells.forEach((cell) => cell.unfinished());
      },
      codes: () => cells.map((cell) => cell.code()),
      showLab() {
        document.querySelector("article .guide-live-output .jupyter-widgets")
          ?.closest(".cell").scrollIntoView();
      },
      close() {
        stop();
        seen.disconnect();
        themes.disconnect();
        fits.disconnect();
        cells.forEach((cell) => cell.close());
      },
    };
  };

  /* The notebook that the page was made from; asked for early, since a server may go. */
  let book = null;
  async function source() {
    if (book) return book;
    const answer = await fetch(new URL(`_sources/${page.notebook}`, guide.root)).catch(() => null);
    book = answer?.ok ? await answer.json().catch(() => null) : null;
    return book;
  }

  const hides = ({ metadata }) =>
    (metadata.tags ?? []).some((tag) => tag === "remove-cell" || tag === "remove-input");
  const lines = (text) => text.split(/(?<=\n)/);

  /* Without that notebook: the headings and paragraphs of the page, and its code. */
  function fromPage() {
    const parts = document.querySelectorAll("article :is(h1, h2, h3, section > p, div.cell)");
    const cells = [...parts].filter((part) => !part.closest(".guide-live")).map((part) => {
      if (part.matches("div.cell")) {
        return { cell_type: "code", metadata: {}, outputs: [], execution_count: null, source: [] };
      }
      const level = part.tagName[0] === "H" ? `${"#".repeat(part.tagName[1])} ` : "";
      const text = part.textContent.replace(/#$/, "").trim();
      return { cell_type: "markdown", metadata: {}, source: lines(level + text) };
    });
    const kernel = { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } };
    return { cells, metadata: kernel, nbformat: 4, nbformat_minor: 4 };
  }

  /* The notebook with the reader's code. */
  async function notebook(cells) {
    const codes = cells?.codes() ?? boxes().map((box, i) => edits()[i]?.code ?? codeOf(box));
    const shown = (found) => found.cells.filter((c) => c.cell_type === "code" && !hides(c));
    let made = structuredClone(await source());
    if (!made || shown(made).length !== codes.length) made = fromPage();
    shown(made).forEach((cell, i) => {
      Object.assign(cell, { source: lines(codes[i]), outputs: [], execution_count: null });
    });
    return made;
  }

  live.download = async (cells) => {
    const text = JSON.stringify(await notebook(cells), null, 1);
    const href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    const name = page.notebook.replace(/^.*\//, "").replace(".ipynb", "-mine.ipynb");
    make("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  };
})();
