/** The phone's store: closing it changes nothing, no crash leaves a mixture, nothing stored is believed. */

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { completed } from "../src/core/published";
import { type TrustState, update } from "../src/core/trust";
import type { PageConfig } from "../src/trust/config";
import { openStore, type TrustStore } from "../src/trust/store";
import {
  DEMO,
  type FakeCaches,
  fakeCaches,
  LOADED,
  layout,
  PINS,
  PROD,
  refusal,
  type Step,
  sequences,
  stepsOf,
  zip,
} from "./phone";

const CONFIG: PageConfig = { pins: PINS, trust: null };
const CURRENT = "https://zhengyin.invalid/trust/current";

beforeEach(() => vi.stubGlobal("navigator", {}));
afterEach(() => vi.unstubAllGlobals());

/** A page that opens its store on `storage`. */
async function open(storage: FakeCaches, config = CONFIG): Promise<TrustStore> {
  vi.stubGlobal("caches", storage.caches);
  return openStore(config, LOADED);
}

/** `state` with the unused status 3 as what it means: the memory of revocations has 1 for it. */
function meant(state: TrustState | null) {
  const revoked = (byte: number) => byte & ~((byte & 0x55) << 1);
  const lists = [...(state?.lists ?? [])].map(([name, { status, ...list }]) => {
    return [name, { ...list, status: status && { ...status, data: status.data.map(revoked) } }];
  });
  return state && { ...state, lists };
}

/** Storage with the first documents of `given` in it, and the page that wrote them. */
async function filled(first: Step): Promise<{ storage: FakeCaches; state: TrustState }> {
  const storage = fakeCaches();
  const store = await open(storage);
  const state = await store.replace(first.documents, first.now);
  expect(store.problem).toBeNull();
  return { storage, state };
}

describe("every update vector, the page closed after each step", () => {
  test.each(sequences().map((one) => [one.name, one] as const))("%s", async (_, given) => {
    const storage = fakeCaches();
    let known = null;
    let believed: TrustState | null = null;
    for (const { documents, now, code } of given.steps) {
      const store = await open(storage, { ...CONFIG, pins: given.pins });
      expect(store.problem).toBeNull();
      expect(meant(store.state)).toEqual(meant(believed));
      expect(await refusal(store.replace(documents, now))).toBe(code);
      if (code === null) {
        const whole = known ? await completed(documents, known) : documents;
        believed = await update(believed, whole, { pins: given.pins, now });
        expect(meant(store.state)).toEqual(meant(believed));
        known = store.documents;
      }
    }
    expect(meant((await open(storage, { ...CONFIG, pins: given.pins })).state)).toEqual(
      meant(believed),
    );
  });
});

describe("a crash", () => {
  const [first, second] = stepsOf("more credentials");

  async function crashed(number: number, late: boolean) {
    const { storage, state } = await filled(first);
    const store = await open(storage);
    storage.operations = 0;
    storage.before = (_, at) => {
      if (at > number || (at === number && !late)) throw new Error("the phone is off");
    };
    await store.replace(second.documents, second.now);
    storage.before = () => undefined;
    return { storage, before: state, after: store.state, operations: storage.operations };
  }

  test("between any two operations leaves the old or the new data, and the next refresh works", async () => {
    const seen = new Set<string>();
    for (let number = 0; ; number++) {
      const { storage, before, after, operations } = await crashed(number, true);
      const reopened = await open(storage);
      expect(reopened.problem).toBeNull();
      expect([meant(before), meant(after)]).toContainEqual(meant(reopened.state));
      seen.add(reopened.state?.snapshot.version === after?.snapshot.version ? "new" : "old");
      await reopened.replace(second.documents, second.now);
      expect(meant((await open(storage)).state)).toEqual(meant(after));
      expect(storage.entries.size).toBe(2); // one generation and the pointer
      if (operations <= number) break;
    }
    expect([...seen]).toEqual(["old", "new"]);
  });
});

describe("storage", () => {
  const full = () => {
    throw new DOMException("full", "QuotaExceededError");
  };

  test("that is full keeps the old generation; the new one serves from memory", async () => {
    const [first, second] = stepsOf("more credentials");
    const { storage, state } = await filled(first);
    const store = await open(storage);
    storage.before = (operation) => operation === "put" && full();
    const next = await store.replace(second.documents, second.now);
    expect(store.state).toBe(next);
    expect(store.problem).toBe("storage_full");
    expect(meant((await open(storage)).state)).toEqual(meant(state));

    storage.before = () => undefined; // room again: the same data are written after all
    await store.replace(second.documents, second.now);
    expect(store.problem).toBeNull();
    expect(meant((await open(storage)).state)).toEqual(meant(next));
  });

  test.each([
    ["is missing", undefined],
    ["is refused", { open: () => Promise.reject(new DOMException("no", "SecurityError")) }],
  ])("that %s leaves a store in memory", async (_, caches) => {
    vi.stubGlobal("caches", caches);
    const store = await openStore(CONFIG, LOADED);
    expect(store.problem).toBe("storage_missing");
    expect(store.state).toBeNull();
    await store.replace(PROD, LOADED);
    expect(store.state?.snapshot.version).toBeGreaterThan(0);
    expect(store.problem).toBe("storage_missing");
  });

  test("is asked once to be kept", async () => {
    const persist = vi.fn(async () => true);
    vi.stubGlobal("navigator", { storage: { persist } });
    const store = await open(fakeCaches());
    await store.replace(PROD, LOADED);
    await store.replace(PROD, LOADED);
    expect(persist).toHaveBeenCalledOnce();
  });

  test("is not written again when nothing is new", async () => {
    const storage = fakeCaches();
    const store = await open(storage);
    await store.replace(PROD, LOADED);
    const { documents } = store;
    const puts: string[] = [];
    storage.before = (operation) => operation === "put" && puts.push(operation);
    await store.replace({ ...PROD, snapshot: PROD.snapshot.slice() }, LOADED);
    expect(puts).toEqual([]);
    expect(store.documents).toBe(documents);
  });

  test("that another tab wrote meanwhile is what a refresh follows", async () => {
    const storage = fakeCaches();
    const [first, second, older] = stepsOf("an older snapshot");
    const here = await open(storage);
    await here.replace(first.documents, first.now);
    const there = await open(storage);
    await there.replace(second.documents, second.now);
    expect(await refusal(here.replace(older.documents, older.now))).toBe("snapshot_rollback");
    expect(meant(here.state)).toEqual(meant(there.state));
  });
});

describe("what was tampered with in storage", () => {
  /** `storage` with `change` made to the generation. */
  function tampered(storage: FakeCaches, change: (data: Uint8Array) => void): FakeCaches {
    const copy = new Map([...storage.entries].map(([url, data]) => [url, data.slice()]));
    for (const [url, data] of copy) if (url !== CURRENT) change(data);
    return fakeCaches(copy);
  }

  test("is refused at every byte, or changes nothing that is signed", async () => {
    const { storage, state } = await filled(stepsOf("nothing new")[0]);
    const { lists: _, types: signed, ...rest } = state;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (where, bits) => {
        const changed = tampered(storage, (data) => {
          const at = where % data.length;
          data[at] = (data[at] ?? 0) ^ bits;
        });
        const store = await open(changed);
        if (store.state === null) expect(store.problem).toBe("store_damaged");
        else {
          // What the header alone says: a later time, another name of a part; never other content.
          const { lists: _, types, ...kept } = store.state;
          expect({ ...kept, newest: 0 }).toEqual({ ...rest, newest: 0 });
          for (const [name, metadata] of types) expect(metadata).toEqual(signed.get(name));
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test.each<[string, (storage: FakeCaches) => unknown]>([
    ["a pointer to nothing", ({ entries }) => entries.set(CURRENT, Buffer.from("9"))],
    ["a pointer that is no number", ({ entries }) => entries.set(CURRENT, Buffer.from("x"))],
    [
      "an empty generation",
      ({ entries }) => {
        for (const url of entries.keys()) if (url !== CURRENT) entries.set(url, new Uint8Array(0));
      },
    ],
  ])("%s is refused, and the next refresh repairs it", async (_, change) => {
    const { storage } = await filled(stepsOf("nothing new")[0]);
    change(storage);
    const store = await open(storage);
    expect(store.state).toBeNull();
    expect(store.problem).toBe("store_damaged");
    await store.replace(PROD, LOADED);
    expect(store.problem).toBeNull();
    expect(meant((await open(storage)).state)).toEqual(meant(store.state));
  });

  test("is no reason to believe another authority", async () => {
    const { storage } = await filled(stepsOf("nothing new")[0]);
    const store = await open(storage, { ...CONFIG, pins: ["0".repeat(64)] });
    expect(store.state).toBeNull();
    expect(store.problem).toBe("store_damaged");
  });
});

test("a demo and a real authority do not mix", async () => {
  const store = await open(fakeCaches(), { pins: [], trust: null });
  await store.replace(DEMO, LOADED);
  expect(store.state?.demo).toBe(true);
  expect(await refusal(store.replace(PROD, LOADED))).toBe("environment_mismatch");
  expect(store.state?.demo).toBe(true);
});

describe("a bundle in the page", () => {
  test("is there at once", async () => {
    const embedded = zip(await layout(PROD));
    const store = await open(fakeCaches(), { ...CONFIG, embedded });
    expect(store.problem).toBeNull();
    expect(store.documents).toEqual(PROD);
  });

  test("that is older than what is kept is passed over", async () => {
    const [old, newer] = stepsOf("a newer snapshot");
    const storage = fakeCaches();
    const kept = await (await open(storage)).replace(newer.documents, newer.now);
    const store = await open(storage, { ...CONFIG, embedded: zip(await layout(old.documents)) });
    expect(store.problem).toBeNull();
    expect(meant(store.state)).toEqual(meant(kept));
  });

  test.each([
    ["damaged", new Uint8Array(9), "file_unreadable"],
    ["another authority's", zip(new Map()), "trust_folder_incomplete"],
  ])("that is %s is said and leaves an empty store", async (_, embedded, problem) => {
    const store = await open(fakeCaches(), { ...CONFIG, embedded });
    expect(store.state).toBeNull();
    expect(store.problem).toBe(problem);
  });
});
