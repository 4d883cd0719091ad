/**
 * The published `/t/` tree: which file stands where, and which files a snapshot names.
 *
 * Everything that a snapshot names has its version or hash in its own name and never changes, or
 * only grows; `snapshot.json` alone points somewhere else each time (schemas/README.md §4.4).
 */

import { fromUtf8 } from "./bytes";
import { array, malformed, object, type Pinned, withDefault } from "./document";
import { SLOT } from "./issued-list";
import { MAX_SNAPSHOT, MAX_STATUS_FILE, MAX_TYPE } from "./limits";
import { type PublishedType, publishedType } from "./registry";
import { sha256Text } from "./sha256";
import { unverifiedSnapshot } from "./signed";
import { keyOf, type Snapshot } from "./snapshot";
import type { Documents } from "./trust-state";

export const SNAPSHOT = "snapshot.json";

const HASH = 16; // characters of base64url in a file name: 96 bits of its SHA-256

export const rootPath = (version: number) => `root/${version}.json`;
export const registryPath = (version: number) => `registry/${version}.json`;
export const registrySignaturesPath = (version: number) => `registry/${version}.sigs.json`;

export const KINDS = ["types", "status", "issued", "replaced"] as const;
export type Kind = (typeof KINDS)[number];

/** A file that the snapshot or the registry pins. */
export interface PinnedFile {
  readonly kind: Kind;
  /** Its key in `Documents[kind]`. */
  readonly key: string;
  readonly path: string;
  readonly sha256: string;
  /** Bytes, at most. */
  readonly size: number;
  /** Only its first `size` bytes are pinned, more may stand behind. */
  readonly grows: boolean;
}

/**
 * What is to be loaded beside roots, snapshot and registry.
 *
 * Throws TrustError `document_malformed`: the registry's types are not of their form.
 */
export function wanted(registry: Uint8Array, { lists }: Snapshot): readonly PinnedFile[] {
  const files: PinnedFile[] = [];
  const add = (kind: Kind, key: string, path: string, { sha256, len }: Pinned, most: number) => {
    const size = Math.min(len, most);
    files.push({ kind, key, path: `${kind}/${path}`, sha256, size, grows: kind === "issued" });
  };
  for (const type of typesOf(registry)) {
    const key = `${type.type}/${type.version}`;
    add("types", key, `${key}.json`, type, MAX_TYPE);
  }
  for (const list of lists) {
    const { count, issued, replaced, status } = list;
    const key = keyOf(list);
    const named = ({ sha256 }: Pinned) => `${key}.${sha256.slice(0, HASH)}`;
    add("status", key, `${named(status)}.z`, status, MAX_STATUS_FILE);
    add("issued", key, `${key}.bin`, { sha256: issued, len: count * SLOT }, Infinity);
    if (replaced) add("replaced", key, `${named(replaced)}.json`, replaced, MAX_SNAPSHOT);
  }
  return files;
}

/** Whether what was read earlier is `file`, or begins with it. */
export async function holds(atHand: Uint8Array | undefined, file: PinnedFile): Promise<boolean> {
  return atHand !== undefined && (await sha256Text(atHand.subarray(0, file.size))) === file.sha256;
}

/** `documents`, and from `known` the files that they name and came without. */
export async function completed(documents: Documents, known: Documents): Promise<Documents> {
  const files = {
    types: new Map(documents.types),
    status: new Map(documents.status),
    issued: new Map(documents.issued),
    replaced: new Map(documents.replaced),
  };
  for (const file of wanted(documents.registry, unverifiedSnapshot(documents.snapshot))) {
    const atHand = known[file.kind].get(file.key);
    if (atHand && !files[file.kind].has(file.key) && (await holds(atHand, file))) {
      files[file.kind].set(file.key, atHand);
    }
  }
  return { ...documents, ...files };
}

const typesOnly = object({ types: withDefault([], array(publishedType)) });

/** Which types a registry names, without reading its institutions for it. */
function typesOf(registry: Uint8Array): readonly PublishedType[] {
  try {
    return typesOnly(JSON.parse(fromUtf8(registry)), "Registry").types;
  } catch {
    throw malformed("Registry: types");
  }
}
