/** The service worker: one version, one cache, whole or not at all; `t/` and strangers' requests untouched. */

import { beforeEach, expect, test, vi } from "vitest";

const HALL = "https://hall.example/";
const FILES = [
  ["./", "sha256-page"],
  ["assets/index-1.js", "sha256-script"],
];
const CACHE = "zhengyin-page-v1-pinned";

type Listener = (event: object) => void;
interface Kept {
  readonly url: string;
  readonly integrity: string;
  readonly cache: string;
}

let listeners: Map<string, Listener>;
let stored: Map<string, readonly Kept[]>;
let claimed: ReturnType<typeof vi.fn>;
let skipped: ReturnType<typeof vi.fn>;
let fetched: ReturnType<typeof vi.fn>;

/** The worker as the browser starts it at `HALL`, beside the caches `others`. */
async function start(others: readonly string[] = []): Promise<void> {
  vi.resetModules();
  listeners = new Map();
  stored = new Map(others.map((name) => [name, []]));
  claimed = vi.fn(async () => undefined);
  skipped = vi.fn(async () => undefined);
  fetched = vi.fn(async () => new Response("from the network"));
  vi.stubGlobal("FILES", FILES);
  vi.stubGlobal("VERSION", "v1");
  vi.stubGlobal("PIN", "pinned");
  vi.stubGlobal("self", {
    location: { href: `${HALL}sw.js` },
    clients: { claim: claimed },
    skipWaiting: skipped,
    addEventListener: (type: string, listener: Listener) => listeners.set(type, listener),
  });
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal(
    "Request",
    class {
      readonly url: string;
      readonly integrity: string;
      readonly cache: string;
      constructor(path: string, { integrity = "", cache = "" }) {
        this.url = new URL(path, `${HALL}sw.js`).href;
        this.integrity = integrity;
        this.cache = cache;
      }
    },
  );
  vi.stubGlobal("caches", {
    keys: async () => [...stored.keys()],
    delete: async (name: string) => stored.delete(name),
    open: async (name: string) => ({
      addAll: async (files: readonly Kept[]) => stored.set(name, files),
      match: async (url: string) =>
        stored.get(name)?.some((file) => file.url === url) ? new Response(url) : undefined,
    }),
  });
  await import("../src/service-worker");
}

async function dispatch(type: string, event: object = {}): Promise<void> {
  const waiting: Promise<unknown>[] = [];
  listeners.get(type)?.({ ...event, waitUntil: (work: Promise<unknown>) => waiting.push(work) });
  await Promise.all(waiting);
}

/** What a request gets: the worker's answer, or null where it leaves it to the browser. */
async function answer(path: string, mode = "no-cors", method = "GET"): Promise<string | null> {
  const request = { url: new URL(path, HALL).href, mode, method };
  const given: Promise<Response>[] = [];
  const respondWith = (response: Promise<Response>) => given.push(response);
  listeners.get("fetch")?.({ request, respondWith });
  const [response] = await Promise.all(given);
  return response ? response.text() : null;
}

beforeEach(() => start());

test("installing keeps each file by its hash, past the browser's own cache", async () => {
  await dispatch("install");
  expect([...stored.keys()]).toEqual([CACHE]);
  expect(stored.get(CACHE)).toMatchObject([
    { url: HALL, integrity: "sha256-page", cache: "reload" },
    { url: `${HALL}assets/index-1.js`, integrity: "sha256-script", cache: "reload" },
    { url: `${HALL}pin.json`, integrity: "", cache: "reload" },
  ]);
  expect(skipped).not.toHaveBeenCalled();
});

test("a new version takes over when the page says so, and not before", async () => {
  await dispatch("message", { data: { type: "anything" } });
  await dispatch("message", { data: null });
  expect(skipped).not.toHaveBeenCalled();
  await dispatch("message", { data: { type: "skip-waiting" } });
  expect(skipped).toHaveBeenCalledOnce();
});

test("taking over removes the versions before, and no trust data", async () => {
  await start(["zhengyin-page-v0-pinned", "zhengyin-page-v1-unpinned", "zhengyin-trust", "else"]);
  await dispatch("install");
  await dispatch("activate");
  expect([...stored.keys()]).toEqual(["zhengyin-trust", "else", CACHE]);
  expect(claimed).toHaveBeenCalledOnce();
});

test.each<[string, string, string, string | null]>([
  ["the page", "", "navigate", HALL],
  ["the page by its name", "index.html", "navigate", HALL],
  ["the page, opened by a certificate's code", "?from=wechat", "navigate", HALL],
  ["a script", "assets/index-1.js", "no-cors", `${HALL}assets/index-1.js`],
  ["the pins", "pin.json", "cors", `${HALL}pin.json`],
])("%s comes from the cache without asking the network", async (_, path, mode, expected) => {
  await dispatch("install");
  expect(await answer(path, mode)).toBe(expected);
  expect(fetched).not.toHaveBeenCalled();
});

test.each([
  ["the snapshot", "t/snapshot.json", "cors", "GET"],
  ["an issued list", "t/issued/demo/2025.bin", "cors", "GET"],
  ["another page of the host", "i/bj-0001", "navigate", "GET"],
  ["the single file", "single.html", "navigate", "GET"],
  ["another version's script", "assets/index-0.js", "no-cors", "GET"],
  ["another host", "https://other.example/assets/index-1.js", "no-cors", "GET"],
  ["what is sent", "", "cors", "POST"],
])("%s is left to the browser", async (_, path, mode, method) => {
  await dispatch("install");
  expect(await answer(path, mode, method)).toBeNull();
});

test("a file that the browser threw away is fetched again", async () => {
  expect(await answer("assets/index-1.js")).toBe("from the network");
});
