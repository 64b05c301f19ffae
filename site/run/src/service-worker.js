// Keeps what "Run this page" loads, so that the next visit loads nothing.
//
// FILES, {path below the site's folder: checksum}, is written in by build.mjs. A new build has new checksums, and is
// another service worker: it drops what has changed, and keeps the rest.

const CACHE = "gmmlesson-run";
const ROOT = new URL("./", self.location.href).href;

/** The name under which a file is kept: its address, with the checksum of this build. */
function keyOf(url) {
  const path = url.startsWith(ROOT) ? url.slice(ROOT.length).split(/[?#]/)[0] : "";
  return Object.hasOwn(FILES, path) ? `${ROOT}${path}?${FILES[path]}` : undefined;
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const key = keyOf(event.request.url);
  if (key && event.request.method === "GET") event.respondWith(answer(event.request, key));
});

async function tidy() {
  const cache = await caches.open(CACHE);
  const current = new Set(Object.keys(FILES).map((path) => keyOf(ROOT + path)));
  const old = (await cache.keys()).filter(({ url }) => !current.has(url));
  await Promise.all(old.map((request) => cache.delete(request)));
}

async function answer(request, key) {
  const cache = await caches.open(CACHE).catch(() => null); // a browser may refuse
  const kept = await cache?.match(key);
  if (kept) return kept;
  const response = await fetch(request, { cache: "no-cache" }); // what HTTP kept may be of an older build
  if (response.ok) cache?.put(key, response.clone()).catch(() => {}); // no place left: loaded next time
  return response;
}
