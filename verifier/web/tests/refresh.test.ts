/** Refreshing on the phone: a host can refuse, and nothing else; only what is new travels. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Documents } from "../src/core/trust";
import type { PageConfig } from "../src/trust/config";
import { refresh } from "../src/trust/refresh";
import { collect } from "../src/trust/source";
import { openStore } from "../src/trust/store";
import { webSource } from "../src/trust/web-source";
import { LOADED, layout, PINS, PROD, refusal, stepsOf } from "./phone";

const TREE = "https://hall.example/t/";
const CONFIG: PageConfig = { pins: PINS, trust: TREE };
const DAY = 86_400; // seconds

type Answer = (path: string) => Response | Promise<Response> | undefined;

interface Asked {
  readonly path: string;
  readonly range: string | null;
  /** Bytes of the answer. */
  readonly size: number;
}

/** A web host that has `content`; `answer` can have another say first. */
function host(content: ReadonlyMap<string, Uint8Array>, answer?: Answer): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    expect(url.startsWith(TREE)).toBe(true);
    expect(init).toMatchObject({ cache: "no-store", credentials: "omit" });
    const path = url.slice(TREE.length);
    const data = content.get(path);
    const range = new Headers(init.headers).get("Range");
    const own = await answer?.(path);
    if (own) return own;
    if (!data) return new Response(null, { status: 404 });
    const [, from = "0", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    const part = range ? data.subarray(Number(from), Number(to) + 1) : data;
    asked.push({ path, range, size: part.length });
    const headers = { "Content-Length": `${part.length}` };
    if (!range) return new Response(Uint8Array.from(part), { headers });
    const more = { "Content-Range": `bytes ${from}-${to}/${data.length}` };
    return new Response(Uint8Array.from(part), { status: 206, headers: { ...headers, ...more } });
  });
  return asked;
}

beforeEach(() => vi.stubGlobal("navigator", {}));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("everything is read at first, and after that nothing but what changes", async () => {
  const store = await openStore(CONFIG, LOADED);
  const asked = host(await layout(PROD));
  const progress = vi.fn();
  expect(await refresh(store, CONFIG, LOADED, progress)).toBe("updated");
  expect(store.documents).toEqual(PROD);
  expect(progress.mock.lastCall?.[0]).toBe(progress.mock.lastCall?.[1]);

  asked.length = 0;
  expect(await refresh(store, CONFIG, LOADED)).toBe("unchanged");
  expect(asked.map(({ path }) => path).sort()).toEqual([
    "registry/1.sigs.json",
    "root/1.json",
    "snapshot.json",
  ]);
});

describe("an issued list that has grown", () => {
  const [first, second] = stepsOf("more credentials");
  const grown = (documents: Documents, name: string) => documents.issued.get(name)?.length ?? 0;
  const [name = ""] = [...second.documents.issued.keys()].filter(
    (key) => grown(second.documents, key) > grown(first.documents, key),
  );
  const path = `issued/${name}.bin`;
  const before = grown(first.documents, name);
  const after = grown(second.documents, name);

  async function refreshed(answer?: Answer, spoil = (documents: Documents) => documents) {
    const store = await openStore(CONFIG, LOADED);
    await store.replace(first.documents, first.now);
    const asked = host(await layout(second.documents), answer);
    const documents = await collect(webSource(TREE), spoil(first.documents));
    expect(documents.issued.get(name)).toEqual(second.documents.issued.get(name));
    return asked.filter((one) => one.path === path);
  }

  test("travels as its tail", async () => {
    expect(after).toBeGreaterThan(before);
    expect(await refreshed()).toEqual([
      { path, range: `bytes=${before}-${after - 1}`, size: after - before },
    ]);
  });

  test("is read whole where what was at hand is not its start", async () => {
    const junk = (documents: Documents) => ({
      ...documents,
      issued: new Map([[name, new Uint8Array(before)]]),
    });
    expect((await refreshed(undefined, junk)).at(-1)).toEqual({
      path,
      range: `bytes=0-${after - 1}`,
      size: after,
    });
  });

  test("may come whole from a host that knows no ranges, and longer than is signed", async () => {
    const data = second.documents.issued.get(name) ?? new Uint8Array();
    const whole = new Uint8Array([...data, ...new Uint8Array(10)]);
    await refreshed((asked) => (asked === path ? new Response(whole) : undefined));
  });
});

describe("a host that", () => {
  /** The code with which a first refresh from such a host ends; the store stays empty. */
  async function ended(answer: Answer): Promise<string | null> {
    const store = await openStore(CONFIG, LOADED);
    host(await layout(PROD), answer);
    const code = await refusal(refresh(store, CONFIG, LOADED));
    if (code !== null) expect(store.state).toBeNull();
    return code;
  }
  const on = (wanted: string, answer: () => Response | Promise<Response>): Answer => {
    return (path) => (path === wanted ? answer() : undefined);
  };
  const redirected = (url: string) =>
    Object.defineProperties(new Response("x"), {
      redirected: { value: true },
      url: { value: url },
    });
  const broken = () =>
    new Response(new ReadableStream({ pull: (stream) => stream.error(new TypeError("reset")) }));
  const endless = () =>
    new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) }));

  test.each<[string, Answer, string | null]>([
    [
      "is out of reach",
      () => Promise.reject(new TypeError("Failed to fetch")),
      "network_unreachable",
    ],
    ["fails", on("snapshot.json", () => new Response("", { status: 500 })), "network_answer"],
    [
      "has no snapshot",
      on("snapshot.json", () => new Response("", { status: 403 })),
      "trust_folder_incomplete",
    ],
    [
      "says that there is no next root",
      on("root/2.json", () => new Response(null, { status: 204 })),
      null,
    ],
    [
      "leads elsewhere",
      on("snapshot.json", () => redirected("https://other.example/t/s")),
      "network_redirect",
    ],
    [
      "leads out of the tree",
      on("snapshot.json", () => redirected("https://hall.example/x")),
      "network_redirect",
    ],
    ["breaks off", on("snapshot.json", broken), "network_truncated"],
    [
      "sends less than it says",
      on("snapshot.json", () => new Response("x", { headers: { "Content-Length": "9" } })),
      "network_truncated",
    ],
    ["sends without an end", on("snapshot.json", endless), "file_too_large"],
    [
      "announces too much",
      on("snapshot.json", () => new Response("x", { headers: { "Content-Length": "9999999999" } })),
      "file_too_large",
    ],
    [
      "answers a part where all was asked for",
      on("snapshot.json", () => new Response("x", { status: 206 })),
      "network_answer",
    ],
    ["sends another page", on("snapshot.json", () => new Response("<html>")), "document_malformed"],
    [
      "packs what it sends",
      on(
        "root/2.json",
        () => new Response("", { status: 404, headers: { "Content-Encoding": "gzip" } }),
      ),
      null,
    ],
  ])("%s", async (_, answer, code) => {
    expect(await ended(answer)).toBe(code);
  });

  /** A first refresh whose first answer is `answer`, once the clock of the page is ours. */
  async function begun(answer: () => Promise<Response>) {
    const store = await openStore(CONFIG, LOADED);
    host(await layout(PROD), on("root/1.json", answer));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const progress = { code: "" };
    void refusal(refresh(store, CONFIG, LOADED)).then((code) => {
      progress.code = code ?? "none";
    });
    return progress;
  }
  const bytes = (start: (stream: ReadableStreamDefaultController<Uint8Array>) => void) =>
    new Response(new ReadableStream({ start }));

  test.each<[string, () => Promise<Response>]>([
    ["never answers", () => new Promise(() => undefined)],
    ["stops in the middle", async () => bytes((stream) => stream.enqueue(new Uint8Array(9)))],
  ])("%s is given up after 20 s without a byte", async (_, answer) => {
    const progress = await begun(answer);
    await vi.advanceTimersByTimeAsync(19_900);
    expect(progress.code).toBe("");
    await vi.advanceTimersByTimeAsync(200);
    expect(progress.code).toBe("network_slow");
  });

  test("drips a byte now and then is given up in the end", async () => {
    const drip = (stream: ReadableStreamDefaultController<Uint8Array>): void => {
      stream.enqueue(new Uint8Array(1));
      setTimeout(drip, 15_000, stream);
    };
    const progress = await begun(async () => bytes(drip));
    await vi.advanceTimersByTimeAsync(890_000);
    expect(progress.code).toBe("");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(progress.code).toBe("network_slow");
  });
});

test("one refresh at a time", async () => {
  const store = await openStore(CONFIG, LOADED);
  const asked = host(await layout(PROD));
  const both = [refresh(store, CONFIG, LOADED), refresh(store, CONFIG, LOADED)];
  expect(await Promise.all(both)).toEqual(["updated", "updated"]);
  expect(asked.filter(({ path }) => path === "snapshot.json")).toHaveLength(1);
});

test("a refusal leaves what was there, and the next refresh can succeed", async () => {
  const store = await openStore(CONFIG, LOADED);
  host(await layout(PROD));
  await refresh(store, CONFIG, LOADED);
  const { state } = store;
  expect(await refusal(refresh(store, CONFIG, LOADED - 400 * DAY))).toBe("clock_behind");
  expect(store.state).toBe(state);
  expect(await refresh(store, CONFIG, LOADED)).toBe("unchanged");
});

test("a single file asks nobody", async () => {
  const store = await openStore({ pins: PINS, trust: null }, LOADED);
  const asked = host(new Map());
  const code = await refusal(refresh(store, { pins: PINS, trust: null }, LOADED));
  expect(code).toBe("refresh_source_missing");
  expect(asked).toEqual([]);
});
