/* Reading without a network: keeps the guide on this device where the reader wishes, and says so
   when a page comes from there. The worker (sw.js) answers for pages that are kept. */
(() => {
  "use strict";

  const { make, root } = guide;
  const home = new URL(root).pathname;
  const ours = `guide ${new URL(root).href} `;
  const whole = new URL("whole-guide", root).href;
  const fromFolder = location.protocol === "file:";
  const nearby = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const able = "serviceWorker" in navigator && "caches" in window
    && (location.protocol === "https:" || nearby);

  const megabytes = (bytes) => `${Math.max(1, Math.round(bytes / 1e6))} MB`;

  const more = () => make("a", { href: new URL("book/appendix/this_site.html", root).href },
    "How this site works");

  /* A page that the worker took from the device says so, once and quietly. */
  function tellSource() {
    const { guideKept } = document.documentElement.dataset;
    if (guideKept === undefined) return;
    const day = new Date(guideKept);
    const since = Number.isNaN(day.getTime()) ? ""
      : ` as it was on ${day.toLocaleDateString("en-GB", { dateStyle: "long" })}`;
    const line = make("p", { className: "guide-kept", role: "status" },
      `The network does not answer: you read this page from your device${since}.`);
    document.querySelector("article.bd-article")?.prepend(line);
  }

  const list = async () => {
    const answer = await fetch(new URL("offline.json", root), { cache: "no-cache" });
    if (!answer.ok) throw new Error(`offline.json: ${answer.status}`);
    return answer.json();
  };

  const stores = async () => (await caches.keys()).filter((name) => name.startsWith(ours));

  /* Which version is here, how many of its pages, and whether all of it. */
  async function state() {
    const found = { version: null, pages: 0, whole: false };
    for (const name of await stores()) {
      const store = await caches.open(name);
      const keys = await store.keys();
      found.pages = Math.max(found.pages, keys.filter(({ url }) => url.endsWith(".html")).length);
      if (await store.match(whole)) Object.assign(found, { version: name, whole: true });
    }
    return found;
  }

  /* Fetch every file of the list, a few at a time; what is there already is not fetched again. */
  async function keepAll({ version, files }, signal, tell) {
    const name = ours + version;
    const store = await caches.open(name);
    const here = new Set((await store.keys()).map(({ url }) => url));
    const left = files.filter((file) => !here.has(new URL(file, root).href));
    let done = files.length - left.length;
    async function worker() {
      for (let file = left.pop(); file && !signal.aborted; file = left.pop()) {
        const answer = await fetch(new URL(file, root), { signal });
        if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
        await store.put(new URL(file, root).href, answer);
        tell(done += 1, files.length);
      }
    }
    await Promise.all(Array.from({ length: 4 }, worker));
    signal.throwIfAborted();
    await store.put(whole, new Response(version));
    for (const old of await stores()) if (old !== name) await caches.delete(old);
  }

  function panel() {
    const text = make("p", { className: "guide-offline-text" });
    const bar = make("progress", { hidden: true, ariaLabel: "Files that are on this device" });
    const said = make("p", { className: "guide-offline-said", role: "status" });
    const keep = make("button", { type: "button", className: "guide-button" });
    const drop = make("button", { type: "button", className: "guide-button", hidden: true },
      "Remove it from this device");
    const title = make("summary", {}, "Read without a network");
    let running = null;

    async function show() {
      const { pages, whole: all } = await state();
      text.textContent = all
        ? "The whole guide is on this device. It opens without a network, all but live kernels."
        : `Pages that you have read open again without a network. On this device: ${pages}.`;
      drop.hidden = !all && pages === 0;
      drop.textContent = all ? "Remove it from this device" : "Remove them from this device";
      keep.hidden = all;
      try {
        keep.textContent = `Keep the whole guide on this device (${megabytes((await list()).bytes)})`;
      } catch {
        keep.hidden = true;
      }
    }

    async function start() {
      if (running) {
        running.abort();
        return;
      }
      running = new AbortController();
      keep.textContent = "Stop";
      bar.hidden = false;
      said.textContent = "Fetching the guide ...";
      try {
        await keepAll(await list(), running.signal, (done, all) => {
          Object.assign(bar, { max: all, value: done });
          bar.textContent = `${done} of ${all} files`;
        });
        said.textContent = "Done: the whole guide is on this device.";
      } catch (problem) {
        said.textContent = running.signal.aborted
          ? "Stopped. What has come stays; the next start goes on from there."
          : `Not all could be fetched (${problem.message}). Try again when the network is better.`;
      }
      running = null;
      bar.hidden = true;
      await show();
    }

    keep.addEventListener("click", start);
    drop.addEventListener("click", async () => {
      for (const name of await stores()) await caches.delete(name);
      said.textContent = "Removed. The page that you read now is kept again when you open it.";
      await show();
      (keep.hidden ? title : keep).focus();
    });
    const box = make("details", { className: "guide-offline" },
      title, text, make("p", { className: "guide-offline-buttons" }, keep, drop), bar, said,
      make("p", {}, more()));
    box.addEventListener("toggle", () => { if (box.open) show(); });
    return box;
  }

  /* The whole guide was wished for, and there is a newer one: fetch that, as it was wished. */
  async function renew() {
    const { whole: all, version } = await state();
    if (!all || navigator.connection?.saveData) return;
    const newest = await list();
    if (version !== ours + newest.version) {
      await keepAll(newest, new AbortController().signal, () => {});
    }
  }

  /* What this page loaded before the worker was there. */
  async function keepThis() {
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    active.postMessage({ keep: [location.href, ...loaded] });
  }

  async function register() {
    const first = !navigator.serviceWorker.controller;
    await navigator.serviceWorker.register(new URL("sw.js", root), { scope: home });
    if (first) await keepThis();
    await renew();
  }

  tellSource();
  const foot = document.querySelector(".bd-footer-content__inner");
  if (fromFolder) {
    /* The search would read pages for its summaries, which a browser forbids in a folder. */
    if (window.Search) DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    foot?.append(make("p", { className: "guide-offline" },
      "You read the guide from a folder: all of it works without a network but live kernels. ",
      more()));
  } else if (able) {
    foot?.append(panel());
    /* Without a worker, or without a network, the guide reads as any site. */
    window.addEventListener("load", () => register().catch(() => {}));
  }
})();
