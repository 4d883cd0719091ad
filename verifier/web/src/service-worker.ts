/**
 * The page's own files, kept on the phone so that it opens without a network.
 *
 * One version, one cache: a page is answered from the files it was built with or not at all, each
 * checked by its hash as it comes. Trust data (`t/`) are the page's business and never touched.
 */

declare const self: ServiceWorkerGlobalScope;

// Put before this script by the build (plugins/precache.ts):
/** [path, Subresource Integrity] */
declare const FILES: readonly (readonly [path: string, integrity: string])[];
/** A hash over all of them. */
declare const VERSION: string;
/** "unpinned", or the root's fingerprint once the page is exported: another pin is another version. */
declare const PIN: string;

const PREFIX = "zhengyin-page-";
const CACHE = `${PREFIX}${VERSION}-${PIN}`;
const PAGE = new URL("./", self.location.href).href;

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const files = FILES.map(([path, integrity]) => new Request(path, { cache: "reload", integrity }));
  // All or nothing, so a host that is just being updated does not leave a mixture.
  await cache.addAll([...files, new Request("pin.json", { cache: "reload" })]);
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

/** The page itself and its files from the cache alone; null: this address is none of them. */
function keptAs({ method, mode, url }: Request): string | null {
  if (method !== "GET" || !url.startsWith(PAGE)) return null;
  const path = url.slice(PAGE.length).replace(/[?#].*$/s, "");
  if (mode === "navigate") return path === "" || path === "index.html" ? PAGE : null;
  return path === "pin.json" || FILES.some(([file]) => file === path) ? PAGE + path : null;
}

async function answer(request: Request, kept: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(kept, { ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const kept = keptAs(event.request);
  if (kept !== null) event.respondWith(answer(event.request, kept));
});
self.addEventListener("message", (event) => {
  if (event.data?.type === "skip-waiting") event.waitUntil(self.skipWaiting());
});

export {}; // a module of its own for the compiler, a plain script once built
