/** Whom the page trusts: a page that cannot know must not pass for one that trusts nobody. */

import { afterEach, expect, test, vi } from "vitest";
import { ZhengyinError } from "../src/core/errors";
import { loadConfig } from "../src/trust/config";

const PIN = "ab".repeat(32);
const BASE = "https://hall.example/";

afterEach(() => vi.unstubAllGlobals());

function page(embedded: string | null, answer?: () => Response | Promise<Response>) {
  const element = embedded === null ? null : { textContent: embedded };
  vi.stubGlobal("document", { baseURI: BASE, getElementById: () => element });
  const fetched = vi.fn(async (_url: string) => answer?.());
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof ZhengyinError ? error.code : String(error)),
  );

test("a served page has its pins from its own address", async () => {
  const fetched = page(null, () => Response.json({ v: 1, pins: [PIN], demo: false }));
  expect(await loadConfig()).toEqual({ pins: [PIN], trust: `${BASE}t/` });
  expect(fetched.mock.calls.map(([url]) => url)).toEqual([`${BASE}pin.json`]);
});

test("a page that nobody exported pins nothing", async () => {
  page(null, () => new Response("", { status: 404 }));
  expect(await loadConfig()).toEqual({ pins: [], trust: `${BASE}t/` });
});

test.each<[string, () => Response | Promise<Response>, string]>([
  [
    "is out of reach",
    () => Promise.reject(new TypeError("Failed to fetch")),
    "network_unreachable",
  ],
  ["fails", () => new Response("", { status: 500 }), "network_answer"],
  ["is no JSON", () => new Response("<html>"), "document_malformed"],
  ["is of another form", () => Response.json({ v: 1, pins: ["AB"] }), "document_malformed"],
  ["is of another version", () => Response.json({ v: 2, pins: [] }), "document_malformed"],
])("a pin.json that %s is refused", async (_, answer, expected) => {
  page(null, answer);
  expect(await code(loadConfig())).toBe(expected);
});

test("a single file has all inside and asks nobody", async () => {
  const fetched = page(JSON.stringify({ pins: [PIN], bundle: "UEs" }));
  const embedded = new Uint8Array([0x50, 0x4b]);
  expect(await loadConfig()).toEqual({ pins: [PIN], trust: null, embedded });
  expect(fetched).not.toHaveBeenCalled();
});

test("a single file that nobody exported has nothing", async () => {
  page("null");
  expect(await loadConfig()).toEqual({ pins: [], trust: null });
});
