/* Keeps the guide's pages available without a network. Written by site/offline.py.

   Pages come from the network, or from the device where the network does not answer soon. Files
   whose address names their content come from the device first. All else is left alone: kernels,
   other methods than GET, other sites, other folders. */
"use strict";

const version = "{{version}}";
const shared = {{shared}};

const scope = self.registration.scope;
const ours = `guide ${scope} `;
const current = ours + version;
const WHOLE = new URL("whole-guide", scope).href;
const SOON = 3000;

const inside = (address) => {
  const url = new URL(address);
  return url.href.startsWith(scope) ? url.pathname.slice(new URL(scope).pathname.length) : null;
};

const isPage = (path) => path === "" || path.endsWith(".html");
const isFile = (path) => /^(_static|_images|_sources)\//.test(path) || path === "searchindex.js";

/* A page has one place on the device, whatever was searched or asked of it. */
function place(address) {
  const url = new URL(address);
  url.hash = "";
  if (isPage(inside(url.href))) url.search = "";
  return url.href;
}

async function fetched(request) {
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic" && !answer.redirected) {
    const store = await caches.open(current);
    await store.put(place(request.url ?? request), answer.clone());
  }
  return answer;
}

/* This version's file first, then one of an earlier version that is kept whole. */
async function kept(address) {
  const found = await (await caches.open(current)).match(place(address), { ignoreVary: true });
  if (found) return found;
  for (const name of await earlier()) {
    const old = await (await caches.open(name)).match(place(address), { ignoreVary: true });
    if (old) return old;
  }
  return undefined;
}

const earlier = async () =>
  (await caches.keys()).filter((name) => name.startsWith(ours) && name !== current);

/* The page says that it comes from the device, and from which day. */
async function marked(answer) {
  const text = await answer.text();
  const headers = new Headers(answer.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  const day = headers.get("date") ?? "";
  return new Response(text.replace("<html", `<html data-guide-kept="${day}"`), { headers });
}

const escaped = (text) =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

async function missing() {
  const pages = (await (await caches.open(current)).keys())
    .map(({ url }) => url)
    .filter((url) => inside(url).endsWith(".html"))
    .map((url) => `<li><a href="${escaped(url)}">${escaped(inside(url))}</a></li>`);
  const page = `<!doctype html><html lang="en"><meta charset="utf-8">
    <meta name="viewport" content="width=device-width"><title>Not on this device</title>
    <h1>This page is not on this device</h1>
    <p>The network does not answer, and the page was not read here before. These were:</p>
    <ul>${pages.sort().join("")}</ul></html>`;
  return new Response(page, { status: 503, headers: { "Content-Type": "text/html" } });
}

async function page(event) {
  const online = fetched(event.request);
  event.waitUntil(online.catch(() => {}));
  const old = await kept(event.request.url);
  try {
    if (!old) return await online;
    const late = new Promise((resolve) => { setTimeout(resolve, SOON); });
    const answer = await Promise.race([online, late]);
    if (answer && answer.status < 500) return answer;
  } catch {
    if (!old) return missing();
  }
  return marked(old);
}

async function file(event) {
  const { url } = event.request;
  const named = new URL(url).searchParams.has("v");
  const old = await kept(url);
  if (old && named) return old;
  return fetched(event.request).catch((problem) => {
    if (old) return old;
    throw problem;
  });
}

self.addEventListener("fetch", (event) => {
  const path = event.request.method === "GET" ? inside(event.request.url) : null;
  if (path === null || new URL(event.request.url).searchParams.has("token")) return;
  if (isPage(path) && event.request.mode === "navigate") event.respondWith(page(event));
  else if (isFile(path)) event.respondWith(file(event));
});

/* A new version brings what every page needs, and renews the pages that were read. */
async function install() {
  const store = await caches.open(current);
  await store.addAll(shared.map((path) => new URL(path, scope).href));
  for (const name of await earlier()) {
    const old = await caches.open(name);
    if (await old.match(WHOLE)) continue;
    const pages = (await old.keys()).map(({ url }) => url).filter((url) => isPage(inside(url)));
    await Promise.allSettled(pages.map((url) => store.add(url)));
  }
  await self.skipWaiting();
}

/* Old versions go, but one that was kept whole stays until offline.js has the new one whole. */
async function activate() {
  for (const name of await earlier()) {
    if (!await (await caches.open(name)).match(WHOLE)) await caches.delete(name);
  }
  await self.clients.claim();
}

/* The first page and its files came before the worker; offline.js names them. */
self.addEventListener("message", (event) => {
  const asked = (event.data?.keep ?? []).filter((address) => {
    const path = inside(address);
    return path !== null && (isPage(path) || isFile(path));
  });
  event.waitUntil(Promise.allSettled(asked.map((address) => fetched(place(address)))));
});

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
