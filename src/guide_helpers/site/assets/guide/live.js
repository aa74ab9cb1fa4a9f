/* Live pages: a notebook page runs on a kernel that the reader chooses; a chapter leads to its
   notebook. Nothing is loaded or asked before the reader presses a button, or comes from a chapter
   by its link "open it live". The parts that need a kernel are in live_kernel.js and live_cells.js.

   live.trouble   an error whose message is written for the reader
   live.store     remembers: in this tab (tokens), or in this browser (choice, edits) */
(() => {
  "use strict";

  const { make, page, store } = guide;
  const said = page.live;
  if (!said) return;

  class Trouble extends Error {}
  const live = { trouble: Trouble, browser: store("localStorage"), tab: store("sessionStorage") };
  guide.live = live;

  const article = document.querySelector("article.bd-article");
  const title = article?.querySelector("h1");
  if (!title) return;
  const button = (words, act, more = {}) => {
    const made = make("button", { type: "button", textContent: words, ...more });
    made.addEventListener("click", act);
    return made;
  };
  live.button = button;

  /* A chapter: links to its notebooks, at its head and below each explorer. */
  function lead(notebooks) {
    const link = ({ title: name, page: href }, words, what = "1") =>
      make("a", { href: `${href}?live=${what}` }, `${words}: ${name}`);
    title.after(make("p", { className: "guide-live-lead" },
      ...notebooks.flatMap((book, i) => [i ? " " : "", link(book, "Run the code live")])));
    for (const figure of article.querySelectorAll("figure.guide-explorer")) {
      figure.after(make("p", { className: "guide-live-lead" },
        link(notebooks[0], "Open this live", "lab")));
    }
  }
  if (said.notebooks) return lead(said.notebooks);

  /* A notebook page: one panel, whose state decides what it shows. */
  const hub = new URL(said.binder.hub || "https://mybinder.org").host;
  const status = make("p", { className: "guide-live-status" });
  status.setAttribute("role", "status");
  const progress = make("progress", { hidden: true });
  progress.setAttribute("aria-label", "Progress");
  const buttons = make("div", { className: "guide-live-buttons" });
  const more = make("div", { className: "guide-live-more" });
  const panel = make("section", { className: "guide-live" }, buttons, status, progress, more);
  panel.setAttribute("aria-label", "Live code");
  title.after(panel);

  let connection = null;
  let cells = null;
  let stopping = new AbortController();
  let atHome = false; // on `guide serve`, whose pages may ask nobody else
  let queue = Promise.resolve();
  let round = 0; // what was queued in an earlier one is not done

  function say(words, done = null, of = null) {
    status.textContent = words;
    progress.hidden = panel.dataset.state !== "starting" && panel.dataset.state !== "running";
    if (of === null) progress.removeAttribute("value");
    else Object.assign(progress, { max: of, value: done });
  }

  const acts = {
    open: () => button("Run this page live", open),
    start: () => button("Start", () => start(chosen())),
    again: () => button("Start again", open),
    elsewhere: () => button("Run it elsewhere", () => choose()),
    close: () => button("Not now", stop),
    cancel: () => button("Cancel", cancel),
    all: () => button("Run all", runAll),
    restart: () => button("Restart kernel", restart),
    stop: () => button("Stop live mode", stop),
    download: () => button("Download as notebook", download),
  };
  const offered = {
    idle: ["open"],
    choosing: ["start", "close"],
    starting: ["cancel"],
    running: ["cancel", "stop"],
    ready: ["all", "restart", "stop", "download"],
    error: ["again", "elsewhere", "close"],
    lost: ["again", "stop", "download"],
  };

  /* The button that had the focus may go; its place is taken by the first of the new ones. */
  function become(state, words, ...extra) {
    const focused = panel.contains(document.activeElement);
    panel.dataset.state = state;
    const names = offered[state].filter((name) => name !== "elsewhere" || !atHome);
    buttons.replaceChildren(...names.map((name) => acts[name]()));
    more.replaceChildren(...extra);
    if (state === "choosing") panel.append(buttons);
    else panel.prepend(buttons);
    say(words);
    if (focused) (more.querySelector("input:checked") ?? buttons.firstChild).focus();
  }

  function idle() {
    const kept = Object.keys(live.browser.get(`edits.${page.page}`) ?? {}).length;
    const words = "Change the code below and run it. Nothing is started before you ask.";
    const wish = live.browser.get("live");
    const where = wish && { binder: `on Binder (${hub})`, server: `at ${wish.address}` }[wish.where];
    const chose = where
      ? [make("p", {}, `It will run ${where}, another site, as you chose before. `,
        button("Choose again", choose))]
      : [];
    const mine = kept
      ? [make("p", {}, `Your changes to ${kept} of its cells are kept in this browser. `,
        button("Download as notebook", download))]
      : [];
    become("idle", words, ...chose, ...mine);
  }

  /* Where kernels come from: `guide serve` answers for itself; its pages may ask nobody else. */
  async function ours() {
    if (location.protocol === "file:") return null;
    try {
      const answer = await fetch(new URL("kernels.json", guide.root), { cache: "no-store" });
      const found = answer.ok ? await answer.json() : null;
      return found?.server ? found : null;
    } catch { return null; }
  }

  async function open() {
    if (cells) stop();
    become("starting", "Looking for a server that can run Python.");
    if (location.protocol === "file:") return become("error", live.words.folder);
    const here = await ours();
    if (panel.dataset.state !== "starting") return;
    atHome = Boolean(here);
    if (here && !here.allowed) return become("error", live.words.noToken);
    if (here) return start({ where: "here", ...here });
    const wish = live.browser.get("live");
    const token = live.tab.get("live.token") ?? "";
    if (wish?.where === "binder" || (wish?.where === "server" && token)) {
      return start({ ...wish, token });
    }
    choose();
  }

  live.words = {
    folder: "This page was opened from a folder, where no Python can run. Open the published guide, "
      + "or type \"guide serve\" in a terminal and open the address that it prints.",
    noToken: "This server runs code only for readers who have its token. Open the address that "
      + "guide serve printed, with ?token= at its end; then press Start again.",
  };

  /* The choice of another site, which says that it is one. */
  function choose() {
    const wish = live.browser.get("live") ?? { where: "binder" };
    const radio = (value, words, ...inside) => {
      const pick = make("input", { type: "radio", name: "guide-where", value });
      pick.checked = wish.where === value;
      return make("div", {}, make("label", {}, pick, ` ${words}`), ...inside);
    };
    const field = (id, words, properties) => make("label", {}, make("span", { textContent: words }),
      make("input", { id, autocomplete: "off", spellcheck: false, ...properties }));
    become("choosing", "Choose where the code shall run, then press Start.",
      make("fieldset", {}, make("legend", { textContent: "Where the code runs" }),
        radio("binder", `On Binder (${hub})`, make("p", { textContent: "Free, nothing to install; "
          + `the first start takes a minute or more. This page will contact ${hub}, another site, `
          + "and send it the code that you run." })),
        radio("server", "On a Jupyter server of your own",
          make("p", { textContent: "It needs this guide's package. This page will contact the "
            + "address that you give and send it the code that you run." }),
          field("guide-address", "Address", { type: "url", value: wish.address ?? "",
            placeholder: "http://127.0.0.1:8888/" }),
          field("guide-token", "Token, forgotten when this tab is closed", { type: "password",
            value: live.tab.get("live.token") ?? "" }))));
    more.querySelector("fieldset").addEventListener("focusin", ({ target }) => {
      if (target.id) more.querySelector("[value=server]").checked = true;
    });
    more.addEventListener("keydown", (event) => {
      if (event.key === "Enter") start(chosen());
    }, { once: true });
  }

  function chosen() {
    const where = more.querySelector("input:checked").value;
    const address = more.querySelector("#guide-address").value.trim();
    const token = more.querySelector("#guide-token").value.trim();
    live.browser.set("live", { where, address });
    live.tab.set("live.token", where === "server" ? token : null);
    return { where, address, token };
  }

  function style() {
    const href = new URL("thebe/thebe.css", guide.home).href;
    if (document.querySelector(`link[href="${href}"]`)) return;
    document.head.prepend(make("link", { rel: "stylesheet", href }));
  }

  async function start(wish) {
    const attempt = (stopping = new AbortController());
    become("starting", "Starting.");
    try {
      if (!navigator.onLine && wish.where !== "here") {
        throw new Trouble("This device is offline, so no other site can be reached. Go online, "
          + "or run guide serve on this device.");
      }
      style();
      await Promise.all([guide.load("live_kernel.js"), guide.load("live_cells.js")]);
      const found = await live.connect(wish, { say, signal: attempt.signal, lost });
      if (attempt.signal.aborted) return found.close();
      connection = found;
      cells = await live.openCells(connection, { say, run, changed });
      await runAll();
      if (new URLSearchParams(location.search).get("live") === "lab") cells.showLab();
    } catch (problem) {
      if (attempt.signal.aborted) return;
      connection?.close();
      connection = null;
      const other = problem instanceof Trouble ? problem.message : `It did not work: ${problem}`;
      if (!(problem instanceof Trouble)) console.error(problem);
      become("error", other);
    }
  }

  const help = () => make("p", { id: "guide-live-help", textContent: "In a cell, Shift+Enter runs "
    + "it. Escape, then Tab, leaves it. Your changes stay in this browser until you reset them." });

  /* Do some work with cells after what is being done; it ends in words. */
  function run(work) {
    const mine = round;
    queue = queue.then(() => (mine === round ? doNow(work) : null));
    return queue;
  }

  async function doNow(work) {
    become("running", "Running.", help());
    const outcome = await work().catch((problem) => {
      console.error(problem);
      return `It did not work: ${problem.message}. Press Restart kernel, then Run all.`;
    });
    if (panel.dataset.state === "running") become("ready", outcome, help());
  }

  const runAll = () => run(() => cells.runAll());

  async function restart() {
    become("starting", "Restarting the kernel.", help());
    try {
      await connection.restart();
      cells.forget();
      become("ready", "The kernel is new and knows nothing yet. Press Run all.", help());
    } catch (problem) {
      lost(`The kernel did not restart: ${problem.message}. Press Start again.`);
    }
  }

  function cancel() {
    round += 1;
    if (panel.dataset.state === "running") {
      say("Stopping the cell that runs.");
      return cells.cancel();
    }
    stopping.abort();
    if (cells) stop();
    else idle();
  }

  /* The server or the kernel is gone, or the kernel is a new one: what was shown stays. */
  function lost(words, fresh = false) {
    if (!cells) return;
    round += 1;
    cells.forget();
    become(fresh ? "ready" : "lost", words, help());
  }

  function stop() {
    stopping.abort();
    round += 1;
    cells?.close();
    connection?.close();
    connection = cells = null;
    idle();
  }

  function changed(kept) {
    if (!kept) say("This browser does not let pages keep anything: download your changes before "
      + "you leave.");
  }

  async function download() {
    await guide.load("live_cells.js");
    live.download(cells);
  }

  window.addEventListener("pagehide", () => connection?.close({ leaving: true }));
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted && cells) stop(); });

  /* Only a link of this guide may start a kernel, since only its reader has asked for one. */
  const fromHere = () => document.referrer.startsWith(`${location.origin}/`);

  idle();
  if (new URLSearchParams(location.search).has("live") && fromHere()) open();
})();
