// Keeps the courier's page readable where there is no signal: the shell and the last state.

const CACHE = "livreur-1";
const PATIENCE_MS = 4_000;
const TOO_OLD_MS = 18 * 3_600_000; // yesterday's doorsteps are nobody's business today
const PAGE = "/livreur";

const kept = (url) => url.pathname === PAGE || url.pathname.startsWith("/static/") || url.pathname === "/carte.geojson";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(tidy()));

async function tidy() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !kept(url)) return;
  event.respondWith(answer(event.request, url));
});

// The page asks for this once, when the worker first takes over.
self.addEventListener("message", (event) => {
  if (event.data?.keep) event.waitUntil(keepAll(event.data.keep));
});

async function keepAll(addresses) {
  const cache = await caches.open(CACHE);
  await Promise.allSettled(addresses.map(async (address) => {
    const response = await fetch(address);
    if (response.ok) await cache.put(keyOf(new URL(address, location.origin)), response);
  }));
}

const keyOf = (url) => url.pathname;

async function answer(request, url) {
  const cache = await caches.open(CACHE);
  const fetched = fetch(request).then(async (response) => {
    if (response.ok && !response.redirected) await cache.put(keyOf(url), response.clone());
    if (url.pathname === PAGE && (response.status === 401 || response.status === 403)) await cache.delete(PAGE);
    return response;
  });
  const last = await cache.match(keyOf(url));
  if (!last) return fetched;
  const impatient = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const response = await Promise.race([fetched.catch(() => null), impatient]);
  if (response) return response;
  return url.pathname === PAGE ? asOldPage(last, cache, fetched) : last;
}

async function asOldPage(last, cache, fetched) {
  const age = Date.now() - Date.parse(last.headers.get("Date") ?? 0);
  if (age > TOO_OLD_MS) {
    await cache.delete(PAGE);
    return fetched;
  }
  const text = (await last.text()).replace("<html ", '<html data-cached="true" ');
  const headers = new Headers(last.headers);
  headers.set("X-From-Cache", "1");
  return new Response(text, { status: 200, headers });
}
