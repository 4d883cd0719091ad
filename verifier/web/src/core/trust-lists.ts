/** The lists and types that a snapshot and a registry pin: read, and held to what was known before. */

import { decode } from "./base64url";
import { equal } from "./bytes";
import { malformed, orMalformed, type Reader, read } from "./document";
import { MalformedError, TrustError } from "./errors";
import { type IssuedList, SLOT, startsWith } from "./issued-list";
import { MAX_SNAPSHOT, MAX_STATUS_FILE, MAX_TYPE } from "./limits";
import type { Registry } from "./registry";
import { sha256Text } from "./sha256";
import { requireFile } from "./signed";
import { keyOf, type PublishedList } from "./snapshot";
import { fromCompressed, mergedWithRevoked, type StatusList, withReinstated } from "./status-list";
import { isArray, isObject, type JsonObject, loads } from "./strict-json";
import type { Documents, TrustedList } from "./trust-state";

const MAX_NUMBER = 800; // bytes of a certificate number: 200 characters

/** What was known of a list, and when that and what is new was signed. */
export interface Before {
  /** What the state before had. */
  readonly earlier: TrustedList | undefined;
  /** The slots of the list that the registry declares good again. */
  readonly reinstated: readonly number[];
  /** When the snapshot was signed, seconds: nothing was logged later. */
  readonly signedAt: number;
  /**
   * When the snapshot before was signed, seconds: nothing new was logged earlier, or a thief of the
   * snapshot key could log a forgery "before the theft". 0 without one.
   */
  readonly seenAt: number;
}

/**
 * One institution's lists of one year, as `published` and as far as they were loaded.
 *
 * Throws TrustError `document_malformed`, `issued_not_append_only`, `file_hash`, `file_too_large`,
 * `file_unreadable`.
 */
export async function readList(
  published: PublishedList,
  documents: Documents,
  before: Before,
): Promise<TrustedList> {
  const name = keyOf(published);
  const { earlier } = before;
  const { count, epochs } = published;
  let [lastCount, lastTime] = [-1, -Infinity];
  const ascending = epochs.every(([logged, time]) => {
    const follows = lastCount < logged && lastTime <= time;
    [lastCount, lastTime] = [logged, time];
    return follows;
  });
  if (!ascending || Math.max(lastCount, 0) !== count || lastTime > before.signedAt) {
    throw malformed(`${name}: epochs`);
  }
  const known = earlier?.published.epochs ?? [];
  const added = epochs[known.length];
  if (
    !startsWith(epochs, known) ||
    (added && added[1] < before.seenAt) ||
    (earlier?.published.count === count && earlier.published.issued !== published.issued)
  ) {
    throw rewritten(name);
  }
  const status = documents.status.get(name);
  const changed = JSON.stringify(earlier?.published.status) !== JSON.stringify(published.status);
  return {
    published,
    status: await readStatus(published, status, before),
    issued: await readIssued(published, documents.issued.get(name), earlier?.issued ?? null),
    replaced: await readReplaced(published, documents.replaced.get(name)),
    statusIsOld: !status && !!earlier?.status && (earlier.statusIsOld || changed),
  };
}

export function rewritten(name: string): TrustError {
  return new TrustError("issued_not_append_only", { detail: name });
}

async function readStatus(
  published: PublishedList,
  data: Uint8Array | undefined,
  { earlier, reinstated }: Before,
): Promise<StatusList | null> {
  const before = earlier?.status ?? null;
  if (!data) {
    return before;
  }
  await requireFile(`status ${keyOf(published)}`, data, published.status, MAX_STATUS_FILE);
  const status = fromCompressed(published.count, data);
  if (!before) {
    return status;
  }
  // A stolen snapshot key cannot bring a revoked certificate back; the registry can.
  const kept = reinstated.reduce(
    (list, idx) => (idx < list.count ? withReinstated(list, idx) : list),
    before,
  );
  return mergedWithRevoked(status, kept);
}

async function readIssued(
  published: PublishedList,
  data: Uint8Array | undefined,
  before: IssuedList | null,
): Promise<IssuedList | null> {
  if (!data) {
    return before;
  }
  // The file may have grown since the snapshot was signed: only its pinned beginning counts.
  const size = published.count * SLOT;
  const pinned = data.subarray(0, size);
  if (pinned.length !== size || (await sha256Text(pinned)) !== published.issued) {
    throw new TrustError("file_hash", { detail: `issued ${keyOf(published)}` });
  }
  if (before && !equal(pinned.subarray(0, before.data.length), before.data)) {
    throw rewritten(keyOf(published));
  }
  return { data: pinned, epochs: published.epochs };
}

async function readReplaced(
  published: PublishedList,
  data: Uint8Array | undefined,
): Promise<ReadonlyMap<number, string>> {
  const replaced = new Map<number, string>();
  if (data && published.replaced) {
    const title = `replaced ${keyOf(published)}`;
    await requireFile(title, data, published.replaced, MAX_SNAPSHOT);
    orMalformed(title, () => {
      const entries = loads(data);
      let last = -1;
      for (const entry of isArray(entries) ? entries : [null]) {
        const [idx, sealed, more] = isArray(entry) ? entry : [];
        if (
          typeof idx !== "number" ||
          idx <= last ||
          idx >= published.count ||
          typeof sealed !== "string" ||
          more !== undefined ||
          decode(sealed).length > MAX_NUMBER
        ) {
          throw new MalformedError("not [[idx, sealed number], …]");
        }
        replaced.set(idx, sealed);
        last = idx;
      }
    });
  }
  return replaced;
}

const anyObject: Reader<JsonObject> = (value, name) => {
  if (!isObject(value)) throw new MalformedError(name);
  return value;
};

/**
 * The metadata of the registry's certificate types, as far as they were loaded.
 *
 * Throws TrustError `document_malformed`, `file_hash`, `file_too_large`.
 */
export async function readTypes(
  registry: Registry,
  documents: Documents,
): Promise<ReadonlyMap<string, JsonObject>> {
  const types = new Map<string, JsonObject>();
  for (const published of registry.types) {
    const name = `${published.type}/${published.version}`;
    const data = documents.types.get(name);
    if (data) {
      await requireFile(`type ${name}`, data, published, MAX_TYPE);
      types.set(name, read(`type ${name}`, anyObject, data));
    }
  }
  return types;
}
