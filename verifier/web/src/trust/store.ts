/**
 * What the phone keeps: the last accepted documents and the memory beside them (keys/store.py).
 *
 * Cache Storage, which stays where IndexedDB is switched off (iOS Lockdown Mode). Each change writes
 * a whole new generation as one entry and then one small pointer, so that a crash leaves the
 * generation before or the new one. Nothing that was stored is believed: it is verified again.
 */

import { concat, equal } from "../core/bytes";
import {
  array,
  count,
  integer,
  malformed,
  object,
  oneOf,
  type Read,
  read,
  time,
  withDefault,
} from "../core/document";
import { TrustError, ZhengyinError } from "../core/errors";
import { MAX_SAFE_INTEGER } from "../core/limits";
import { completed, KINDS, type Kind } from "../core/published";
import { dumps } from "../core/strict-json";
import { readRoot, restore, update } from "../core/trust";
import type { Documents, Kept, TrustState } from "../core/trust-state";
import { readBundle } from "./bundle";
import type { PageConfig } from "./config";

const CACHE = "zhengyin-trust";
// Entries are kept under addresses; none of these is ever asked for.
const ADDRESS = "https://zhengyin.invalid/trust/";
const CURRENT = `${ADDRESS}current`;
const HEADER_SIZE = 4; // bytes: the length of the header, big-endian, before it

/** Why nothing is kept, or what was kept is not used; or the code of a TrustError. */
export type StoreProblem = "storage_missing" | "storage_full" | "store_damaged" | string;

export interface TrustStore {
  /** What was accepted last, null where nothing was. */
  readonly state: TrustState | null;
  readonly documents: Documents | null;
  /** Fingerprints (hex) of the pinned roots. */
  readonly pins: readonly string[];
  readonly problem: StoreProblem | null;
  /**
   * Take `documents` for the new state as of `now` (seconds), if the update rules let them.
   *
   * Throws TrustError: `environment_mismatch` (a demo and a real authority never mix) or as
   * `update`; the store stays as it was.
   */
  replace(documents: Documents, now: number): Promise<TrustState>;
}

/** What the store holds at one time. */
interface Generation {
  readonly documents: Documents;
  readonly state: TrustState;
}

const part = object({
  kind: oneOf("roots", "snapshot", "registry", "registrySignatures", ...KINDS, "revoked", "logged"),
  key: (value) => String(value),
  size: integer(0, MAX_SAFE_INTEGER),
  /** Of a status list: its entries. */
  count: withDefault(0, count),
});
const header = object({ newest: time, parts: array(part) });
type Part = Read<typeof part>;

/** The trust data on this phone; in memory alone where the browser keeps nothing. Does not throw. */
export async function openStore(
  { pins, embedded }: PageConfig,
  now = Math.floor(Date.now() / 1000),
): Promise<TrustStore> {
  let problem: StoreProblem | null = null;
  let held: Generation | null = null;
  let number = 0; // of the generation that is held
  let asked = false;

  const cache = await openCache();
  if (cache) await catchUp(cache);
  else problem = "storage_missing";

  /** Take over what is stored, if it is not what is held already: another tab may have refreshed. */
  async function catchUp(cache: Cache): Promise<void> {
    try {
      const pointer = await cache.match(CURRENT);
      const current = pointer ? Number(await pointer.text()) : number;
      if (current === number) return;
      if (!Number.isSafeInteger(current)) throw malformed("pointer");
      number = current;
      const entry = await cache.match(ADDRESS + current);
      if (!entry) throw malformed("generation");
      const stored = await unpack(new Uint8Array(await entry.arrayBuffer()), pins);
      if (!held || stored.state.newest >= held.state.newest) held = stored;
    } catch {
      problem = "store_damaged"; // whatever it is, and the next generation takes its place
    }
  }

  /** Write a generation, and only then point to it. */
  async function write(cache: Cache, generation: Generation): Promise<void> {
    const next = number + 1;
    try {
      await cache.put(ADDRESS + next, new Response(pack(generation)));
      await cache.put(CURRENT, new Response(String(next)));
      number = next;
      problem = null;
    } catch {
      problem = "storage_full";
    }
  }

  async function replace(given: Documents, now: number): Promise<TrustState> {
    if (cache) await catchUp(cache);
    const before: Generation | null = held;
    const newest = given.roots.at(-1);
    if (before && newest && (await readRoot(newest)).env !== before.state.root.env) {
      throw new TrustError("environment_mismatch", { detail: "root" });
    }
    const whole = before ? await completed(given, before.documents) : given;
    const state = await update(before?.state ?? null, whole, { pins, now });
    const documents = await counted(before?.documents ?? null, whole, state);
    const unchanged = before && same(before.documents, documents);
    held = { documents: unchanged ? before.documents : documents, state };
    if (cache && !(unchanged && problem === null)) await write(cache, held);
    if (cache) await tidy(cache, ADDRESS + number);
    if (!asked) {
      asked = true;
      await navigator.storage?.persist?.().catch(() => false);
    }
    return state;
  }

  const store: TrustStore = {
    get state() {
      return held?.state ?? null;
    },
    get documents() {
      return held?.documents ?? null;
    },
    get problem() {
      return problem;
    },
    pins,
    replace: (documents, now) => locked(() => replace(documents, now)),
  };
  if (embedded) {
    try {
      await store.replace(await readBundle(embedded), now);
    } catch (error) {
      if (!(error instanceof ZhengyinError)) throw error;
      if (error.code !== "snapshot_rollback") problem = error.code; // else what is kept is newer
    }
  }
  return store;
}

async function openCache(): Promise<Cache | null> {
  try {
    return await caches.open(CACHE);
  } catch {
    return null; // no Cache Storage, or none for this origin
  }
}

/** Remove every entry but the pointer and `kept`: older generations, and what a crash left. */
async function tidy(cache: Cache, kept: string): Promise<void> {
  try {
    for (const { url } of await cache.keys()) {
      if (url !== CURRENT && url !== kept) await cache.delete(url);
    }
  } catch {
    // The next one tries again.
  }
}

/** Run `work` while no other tab runs its own; where there are no locks, at once. */
function locked<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request(CACHE, work) : work();
}

/** One entry: the length of its header, the header, and all files one after the other. */
function pack({ documents, state }: Generation): Uint8Array<ArrayBuffer> {
  const parts: Part[] = [];
  const bodies: Uint8Array[] = [];
  const add = (kind: Part["kind"], key: string, data: Uint8Array, count = 0): void => {
    parts.push({ kind, key, size: data.length, count });
    bodies.push(data);
  };
  for (const root of documents.roots) add("roots", "", root);
  for (const kind of ["snapshot", "registry", "registrySignatures"] as const) {
    add(kind, "", documents[kind]);
  }
  for (const kind of KINDS) {
    for (const [key, data] of documents[kind]) add(kind, key, data);
  }
  for (const [key, { status, issued }] of state.lists) {
    if (status) add("revoked", key, status.data, status.count);
    if (issued && !documents.issued.has(key)) add("logged", key, issued.data);
  }
  const head = dumps({ newest: state.newest, parts: parts.map((one) => ({ ...one })) });
  const size = new Uint8Array(HEADER_SIZE);
  new DataView(size.buffer).setUint32(0, head.length);
  return concat(size, head, ...bodies);
}

async function unpack(data: Uint8Array, pins: readonly string[]): Promise<Generation> {
  if (data.length < HEADER_SIZE) throw malformed("generation");
  let at = HEADER_SIZE + new DataView(data.buffer, data.byteOffset).getUint32(0);
  const { newest, parts } = read("generation", header, data.subarray(HEADER_SIZE, at));
  const roots: Uint8Array[] = [];
  const single = new Map<string, Uint8Array>();
  const files: Record<Kind, Map<string, Uint8Array>> = {
    types: new Map(),
    status: new Map(),
    issued: new Map(),
    replaced: new Map(),
  };
  const kept = new Map<string, Kept>();
  for (const { kind, key, size, count } of parts) {
    const body = data.subarray(at, at + size);
    at += size;
    const { status = null, issued = null } = kept.get(key) ?? {};
    if (kind === "roots") roots.push(body);
    else if (kind === "revoked" && 4 * size < count) throw malformed("generation: a status list");
    else if (kind === "revoked") kept.set(key, { status: { count, data: body }, issued });
    else if (kind === "logged") kept.set(key, { status, issued: body });
    else if (kind in files) files[kind as Kind].set(key, body);
    else single.set(kind, body);
  }
  if (at !== data.length) throw malformed("generation: length");
  const one = (kind: string): Uint8Array => single.get(kind) ?? new Uint8Array(0);
  const documents: Documents = {
    roots,
    snapshot: one("snapshot"),
    registry: one("registry"),
    registrySignatures: one("registrySignatures"),
    ...files,
  };
  return { documents, state: await restore(documents, kept, { newest, pins }) };
}

/** `after` with the whole chain of roots, and with no more of the issued lists than counts. */
async function counted(
  before: Documents | null,
  after: Documents,
  state: TrustState,
): Promise<Documents> {
  const chain = new Map<number, Uint8Array>();
  for (const root of [...after.roots, ...(before?.roots ?? [])]) {
    chain.set((await readRoot(root)).version, root);
  }
  const roots: Uint8Array[] = [];
  for (let version = state.root.version; ; version--) {
    const root = chain.get(version);
    if (!root) break;
    roots.unshift(root);
  }
  const issued = new Map<string, Uint8Array>();
  for (const [key, list] of state.lists) {
    if (list.issued && after.issued.has(key)) issued.set(key, list.issued.data);
  }
  return { ...after, roots, issued };
}

/** Whether both hold the very same files: what did not change was not read again. */
function same(a: Documents, b: Documents): boolean {
  const named = (all: Documents): readonly (readonly [name: string, data: Uint8Array])[] => [
    ...all.roots.map((data, at) => [`root/${at}`, data] as const),
    ["snapshot", all.snapshot],
    ["registry", all.registry],
    ["signatures", all.registrySignatures],
    ...KINDS.flatMap((kind) =>
      [...all[kind]].map(([key, data]) => [`${kind}/${key}`, data] as const),
    ),
  ];
  const before = named(a);
  const after = new Map(named(b)); // files arrive in any order
  return (
    before.length === after.size && before.every(([name, data]) => sameBytes(data, after.get(name)))
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  if (!b) return false;
  const view = a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
  return view || equal(a, b);
}
