/** Every update vector gives exactly the refusal and the state it names, by WebCrypto and by the library. */

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fromUtf8 } from "../src/core/bytes";
import { useFallback } from "../src/core/ed25519";
import { TrustError } from "../src/core/errors";
import type { Kind } from "../src/core/published";
import { at } from "../src/core/status-list";
import {
  type Documents,
  restore,
  rootFingerprint,
  type TrustState,
  update,
} from "../src/core/trust";
import { check } from "../src/core/verdict";
import { filesOf, fromShelf, readJson, readSet, readTree, type Stored, seconds } from "./trees";

vi.setConfig({ testTimeout: 120_000 }); // the library is slow, more so on a busy machine

const NOW = seconds("2025-06-02T08:00:00Z");
const DIGIT = { valid: "0", invalid: "1", suspended: "2" };

interface Step {
  readonly documents: {
    readonly roots: readonly string[];
    readonly snapshot: string;
    readonly registry: string;
    readonly registry_signatures: string;
  } & Readonly<Record<Kind, Readonly<Record<string, string>>>>;
  readonly now: string;
  readonly expect: unknown;
}
interface Update {
  readonly name: string;
  readonly pins: readonly string[];
  readonly credential: string | null;
  readonly steps: readonly Step[];
}
interface UpdateFile {
  readonly documents: Readonly<Record<string, Stored>>;
  readonly vectors: readonly Update[];
}

/** What of a state a test can look at. */
async function believed(state: TrustState, credential: string | null) {
  const verdict = credential === null ? null : await check(credential, { trust: state, now: NOW });
  return {
    root: state.root.version,
    registry: state.registry.version,
    snapshot: state.snapshot.version,
    statuses: Object.fromEntries(
      [...state.lists].flatMap(([name, { status }]) =>
        status
          ? [
              [
                name,
                Array.from({ length: status.count }, (_, idx) => DIGIT[at(status, idx)]).join(""),
              ],
            ]
          : [],
      ),
    ),
    ...(verdict && {
      verdict: { code: verdict.code, warnings: verdict.warnings.map(({ code }) => code) },
    }),
  };
}

describe.each([
  ["WebCrypto", false],
  ["the library", true],
])("by %s", (_, fallback) => {
  beforeAll(() => useFallback(fallback));
  afterAll(() => useFallback(false));

  describe.each(filesOf("updates"))("%s", (file) => {
    const { documents: shelf, vectors } = readJson<UpdateFile>(`${file}.json`);
    const data = (name: string) => fromShelf(shelf[name]);
    const files = (names: Readonly<Record<string, string>>) =>
      new Map(Object.entries(names).map(([key, name]) => [key, data(name)]));

    test.each(vectors)("$name", async ({ pins, credential, steps }) => {
      const presented = credential === null ? null : fromUtf8(data(credential));
      let state: TrustState | null = null;
      for (const { documents: named, now, expect: wanted } of steps) {
        const documents: Documents = {
          roots: named.roots.map(data),
          snapshot: data(named.snapshot),
          registry: data(named.registry),
          registrySignatures: data(named.registry_signatures),
          types: files(named.types),
          status: files(named.status),
          issued: files(named.issued),
          replaced: files(named.replaced),
        };
        let code: string | null = null;
        try {
          state = await update(state, documents, { pins, now: seconds(now) });
        } catch (error) {
          if (!(error instanceof TrustError)) throw error;
          code = error.code;
        }
        expect({ code, state: state && (await believed(state, presented)) }).toEqual(wanted);
      }
    });
  });
});

test("a state is restored whatever the clock, with what it knew besides", async () => {
  const { pins, now } = readSet("prod");
  const documents = readTree("prod");
  const state = await update(null, documents, { pins, now });
  const [name, list] = [...state.lists].find(([, { status, issued }]) => status && issued) ?? [];
  if (!name || !list?.status || !list.issued) throw new Error("no such list");
  const without: Documents = { ...documents, status: new Map(), issued: new Map() };
  const revoked = { count: list.status.count, data: list.status.data.map(() => 0x55) };
  const kept = new Map([[name, { status: revoked, issued: list.issued.data }]]);
  const restored = await restore(without, kept, { newest: 2 ** 32, pins });
  expect(restored.newest).toBe(2 ** 32);
  expect(restored.lists.get(name)).toEqual({ ...list, status: revoked, statusIsOld: true });
  const both = await restore(documents, kept, { newest: 0, pins });
  expect(both.newest).toBe(state.newest);
  expect(both.lists.get(name)).toMatchObject({ statusIsOld: false, issued: list.issued });
  const merged = both.lists.get(name)?.status;
  expect(merged && Array.from({ length: merged.count }, (_, idx) => at(merged, idx))).toEqual(
    Array(list.status.count).fill("invalid"),
  );
});

test("a fingerprint is that of the pinned root", async () => {
  const [first = new Uint8Array()] = readTree("prod").roots;
  expect(readSet("prod").pins).toEqual([await rootFingerprint(first)]);
});
