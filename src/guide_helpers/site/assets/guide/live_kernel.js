/* Gets a kernel for a page, and says in words what goes wrong.

   guide.live.connect(wish, { say, signal, lost }) gives { kernel, notebook(codes), run(code),
   restart(), interrupt(), close() }. `lost(words)` is called when server or kernel go away. */
(() => {
  "use strict";

  const { live, page } = guide;
  const Trouble = live.trouble;
  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  const folder = page.notebook.replace(/[^/]*$/, "");
  const isLoopback = (host) => /^(localhost|127\..*|\[::1\])$/.test(host);

  function headers({ token }) {
    if (token) return { Authorization: `token ${token}` };
    const mark = cookie("_xsrf");
    return mark ? { "X-XSRFToken": mark } : {};
  }

  /* Ask a server; what it refuses becomes words. */
  async function ask(server, path, options = {}) {
    let answer;
    try {
      answer = await fetch(server.base + path, {
        cache: "no-store", credentials: "same-origin", headers: headers(server), ...options,
      });
    } catch (problem) {
      if (problem.name === "AbortError") throw problem;
      throw new Trouble(await isOpen(server) ? server.refused : server.silent);
    }
    if (answer.status === 401 || answer.status === 403) throw new Trouble(server.refused);
    if (!answer.ok) throw new Trouble(await refusal(server, answer));
    return answer;
  }

  /* A refusal by another server may come without the header that lets a page read it. Its version
     it tells every page that it lets in. */
  async function isOpen({ base }) {
    const answer = await fetch(`${base}api`, { cache: "no-store" }).catch(() => null);
    return answer?.ok ?? false;
  }

  async function refusal(server, answer) {
    const told = await answer.json().catch(() => ({}));
    const reason = told.message || told.reason || answer.statusText;
    const full = [429, 503].includes(answer.status);
    return full
      ? `${server.name} starts no more kernels now: ${reason}. Stop live mode on another page, or `
        + "wait a few minutes; then press Start again."
      : `${server.name} could not do it (${answer.status}: ${reason}). Press Start again; if that `
        + "does not help, look at the terminal where the server runs.";
  }

  /* `guide serve`: the server that these pages come from. */
  function here({ base, files = "" }) {
    return {
      name: "This server", base: new URL(base, location.origin).href, token: "",
      folder: files ? `${files}/${folder}` : folder,
      silent: "This server does not answer any more. Start guide serve again, then press Start "
        + "again.",
      refused: live.words.noToken,
    };
  }

  function elsewhere({ address, token }) {
    let url;
    try { url = new URL(address.includes("://") ? address : `http://${address}`); } catch {
      throw new Trouble(`"${address}" is not an address. Give one such as http://127.0.0.1:8888/, `
        + "as the server prints it.");
    }
    const given = url.searchParams.get("token");
    const base = url.origin + url.pathname.replace(/(lab|tree)?\/?$/, "/");
    if (location.protocol === "https:" && url.protocol === "http:" && !isLoopback(url.hostname)) {
      throw new Trouble("A browser does not let this https page speak with an http server on "
        + "another machine. Give an https address, or run the server on this machine.");
    }
    return {
      name: `The server at ${url.host}`, base, token: given || token, folder,
      silent: `No answer from ${base}. Is the server running, and does it let this page in? Start `
        + `it with: jupyter server --ServerApp.allow_origin=${location.origin}`,
      refused: `The server at ${url.host} does not accept this token. Copy the token from the `
        + "address that the server printed, press Run it elsewhere, and paste it.",
    };
  }

  const phases = {
    waiting: "waiting for its turn", fetching: "fetching the guide", building: "building the guide, "
      + "which may take several minutes", pushing: "storing what it built", built: "found what it "
      + "built before", launching: "starting a machine",
  };

  /* Binder streams what it does, and at last hands out a server of its own. */
  function build(place, hub, { say, signal }) {
    const name = new URL(hub).host;
    return new Promise((resolve, reject) => {
      const stream = new EventSource(place);
      const end = (act, value) => { stream.close(); act(value); };
      signal.addEventListener("abort", () => end(reject, new DOMException("", "AbortError")));
      stream.onerror = () => end(reject, new Trouble(`No answer from Binder (${name}). It may be `
        + "busy, or your network may block it. Press Start again in a minute, or Run it elsewhere."));
      stream.onmessage = ({ data }) => {
        const told = JSON.parse(data);
        const phase = String(told.phase).toLowerCase();
        if (phase === "failed") {
          end(reject, new Trouble(`Binder (${name}) failed: ${String(told.message).trim()} Press `
            + "Start again; if it fails again, Run it elsewhere."));
        } else if (phase === "ready") end(resolve, {
          base: told.url.replace(/\/?$/, "/"), token: told.token,
        });
        else if (phases[phase]) say(`Binder (${name}) is ${phases[phase]}.`);
      };
    });
  }

  /* A machine that Binder gave this tab serves its next pages too. */
  async function onBinder(hooks) {
    const { hub, repository, branch } = page.live.binder;
    const place = `${hub}/build/gh/${repository}/${branch}`;
    const complete = (found) => ({
      name: "The machine from Binder", folder, place, ...found,
      silent: "The machine from Binder does not answer any more: it ends when nobody uses it for "
        + "some minutes. Press Start again for a new one.",
      refused: "The machine from Binder refused this page. Press Start again for a new one.",
    });
    const known = live.tab.get("live.machine");
    if (known?.place === place) {
      try {
        await ask(known, "api/kernels", { signal: hooks.signal });
        return complete(known);
      } catch (problem) {
        live.tab.set("live.machine", null);
        if (problem.name === "AbortError") throw problem;
      }
    }
    hooks.say(`Asking Binder (${new URL(hub).host}) for a machine.`);
    const server = complete(await build(place, hub, hooks));
    live.tab.set("live.machine", { base: server.base, token: server.token, place });
    return server;
  }

  /* The random part gives each tab a kernel of its own, in the folder of the notebook. */
  async function session(server) {
    const name = `live-${crypto.getRandomValues(new Uint32Array(2)).join("")}.ipynb`;
    const answer = await ask(server, "api/sessions", {
      method: "POST",
      headers: { ...headers(server), "Content-Type": "application/json" },
      body: JSON.stringify({
        path: server.folder + name, name, type: "notebook", kernel: { name: "python3" },
      }),
    });
    return answer.json();
  }

  const leave = (server, { id }, more = {}) =>
    fetch(`${server.base}api/sessions/${id}`, {
      method: "DELETE", credentials: "same-origin", headers: headers(server), ...more,
    }).catch(() => {});

  async function library() {
    try { await guide.load("thebe/index.js"); } catch {
      throw new Trouble("The script that talks to kernels could not be loaded. Reload the page and "
        + "try again.");
    }
    return window.thebeCore.module;
  }

  const servers = { here, server: elsewhere, binder: (wish, hooks) => onBinder(hooks) };

  live.connect = async (wish, hooks) => {
    const loading = library();
    loading.catch(() => {});
    const server = await servers[wish.where](wish, hooks);
    hooks.say(`${server.name}: looking whether it answers.`);
    await ask(server, "api/kernels", { signal: hooks.signal });
    hooks.say(`${server.name}: starting the kernel.`);
    const model = await session(server);
    try {
      if (hooks.signal.aborted) throw new DOMException("", "AbortError");
      return await attach(await loading, server, model, hooks);
    } catch (problem) {
      leave(server, model);
      throw problem;
    }
  };

  async function attach(core, server, model, hooks) {
    const config = core.makeConfiguration({
      serverSettings: { baseUrl: server.base, token: server.token, appendToken: true },
      savedSessionOptions: { enabled: false }, mathjaxUrl: "",
    }, window.thebe.events);
    const mime = core.makeRenderMimeRegistry(config.mathjax);
    core.ThebeServer.status = async () => {}; // it has answered already
    const manager = new core.ThebeServer(config);
    manager.ready.catch(() => {});
    manager.connectToJupyterServer();
    await manager.ready;
    const open = await manager.connectToExistingSession(model, mime);
    const gone = new AbortController();
    hooks.signal.addEventListener("abort", () => gone.abort());
    await answers(open.kernel, hooks.signal);
    const connection = { server, kernel: open.kernel, ...notebooks(core, config, mime, open) };
    let closed = false;
    connection.close = ({ leaving = false } = {}) => {
      if (closed) return;
      closed = true;
      leave(server, model, { keepalive: leaving });
      if (!leaving) for (const part of [open, manager]) part.dispose();
    };
    watch(open.kernel, server, model, (...told) => { if (!closed) hooks.lost(...told); });
    connection.restart = () => open.kernel.restart();
    connection.interrupt = () => open.kernel.interrupt();
    return connection;
  }

  /* The kernel has answered its first question, or the reader does not want it any more. */
  function answers(kernel, signal) {
    const given = new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      kernel.statusChanged.connect((_sender, status) => {
        if (status === "dead") {
          reject(new Trouble("The kernel ended while it started. Look at the terminal where the "
            + "server runs: Python or the guide's package may be missing there."));
        }
      });
    });
    given.catch(() => {});
    return Promise.race([kernel.info, given]);
  }

  function watch(kernel, server, model, lost) {
    kernel.statusChanged.connect((_, status) => {
      if (status === "autorestarting") {
        lost("The kernel broke off, often because its memory was used up, and was started anew: "
          + "its variables are gone. Press Run all.", true);
      } else if (status === "dead") ended();
    });
    const ended = () => lost("The kernel has ended: the server stops kernels that are idle, and "
      + "those that break off. What you see stays. Press Start again.");
    kernel.connectionStatusChanged.connect(async (_, status) => {
      if (status === "connected") return;
      const there = await fetch(`${server.base}api/kernels/${model.kernel.id}`, {
        cache: "no-store", credentials: "same-origin", headers: headers(server),
      }).catch(() => null);
      if (!there) lost(`The connection is lost. ${server.silent} What you see stays.`);
      else if (there.status === 404) ended();
    });
  }

  function notebooks(core, config, mime, open) {
    return {
      mime,
      notebook(codes) {
        const blocks = codes.map((source, i) => ({ id: `guide${i}`, source }));
        const made = core.setupNotebookFromBlocks(blocks, config, mime);
        made.attachSession(open);
        return made;
      },
    };
  }
})();
