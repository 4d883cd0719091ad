/** Reading a whole published tree from wherever it is, nothing of it believed yet (keys/published.py). */

import { TrustError } from "../core/errors";
import {
  MAX_REGISTRY,
  MAX_REGISTRY_SIGNATURES,
  MAX_ROOT,
  MAX_ROOTS,
  MAX_SNAPSHOT,
} from "../core/limits";
import {
  holds,
  type PinnedFile,
  registryPath,
  registrySignaturesPath,
  rootPath,
  SNAPSHOT,
  wanted,
} from "../core/published";
import { sha256Text } from "../core/sha256";
import { unverifiedSnapshot } from "../core/signed";
import { readRoot } from "../core/trust";
import type { Documents } from "../core/trust-state";

/** Wherever a published tree can be read from. */
export interface Source {
  /** What people call it. */
  readonly where: string;
  /** The file `name`, null where there is none; TrustError `file_too_large` past `limit` bytes. */
  read(name: string, limit: number): Promise<Uint8Array | null>;
  /** The first `size` bytes; a source may take `known`, which the file began with earlier, as read. */
  readStart(name: string, size: number, known: Uint8Array): Promise<Uint8Array | null>;
}

/** (how many files are read, how many there are; 0 while that is not known). */
export type Progress = (done: number, total: number) => void;

export const MAX_TOTAL = 256 * 1024 * 1024; // bytes of all files together: what a phone's page may hold
export const NOTHING = new Uint8Array(0);

const AT_ONCE = 6; // files under way: what browsers allow one HTTP/1.1 host

/**
 * All documents of `source`; what `known` has already is not read again.
 *
 * Throws TrustError: `trust_folder_incomplete` (no root, snapshot or registry; a missing list is
 * merely absent), and what `source` throws.
 */
export async function collect(
  source: Source,
  known: Documents | null = null,
  progress: Progress = () => undefined,
): Promise<Documents> {
  const required = async (name: string, limit: number): Promise<Uint8Array> => {
    const data = await source.read(name, limit);
    if (data) return data;
    throw new TrustError("trust_folder_incomplete", { where: source.where, detail: name });
  };
  progress(0, 0);
  const roots = await readRoots(source, required, known);
  const snapshot = await required(SNAPSHOT, MAX_SNAPSHOT);
  const named = unverifiedSnapshot(snapshot);
  const { version, sha256, len } = named.registry;
  const registry =
    known && (await sha256Text(known.registry)) === sha256
      ? known.registry
      : await required(registryPath(version), Math.min(len, MAX_REGISTRY));
  const signatures = await required(registrySignaturesPath(version), MAX_REGISTRY_SIGNATURES);

  const files = wanted(registry, named);
  const found = { types: new Map(), status: new Map(), issued: new Map(), replaced: new Map() };
  let next = 0;
  let done = 0;
  const reader = async (): Promise<void> => {
    for (let file = files[next++]; file; file = files[next++]) {
      const data = await readPinned(source, file, known?.[file.kind].get(file.key));
      if (data) found[file.kind].set(file.key, data);
      progress(++done, files.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, reader));
  } finally {
    next = files.length; // after a refusal the others read no further
  }
  return { roots, snapshot, registry, registrySignatures: signatures, ...found };
}

/** All versions, from the newest that is known on: read again, so that a swapped one shows. */
async function readRoots(
  source: Source,
  required: (name: string, limit: number) => Promise<Uint8Array>,
  known: Documents | null,
): Promise<readonly Uint8Array[]> {
  const roots = known ? known.roots.slice(0, -1) : [];
  const newest = known?.roots.at(-1);
  let version = newest ? (await readRoot(newest)).version : 1;
  let document: Uint8Array | null = await required(rootPath(version), MAX_ROOT);
  for (let walked = 0; document && walked < MAX_ROOTS; walked++) {
    roots.push(document);
    document = await source.read(rootPath(++version), MAX_ROOT);
  }
  return roots;
}

async function readPinned(
  source: Source,
  file: PinnedFile,
  atHand: Uint8Array | undefined,
): Promise<Uint8Array | null> {
  const { path, size } = file;
  if (atHand && (await holds(atHand, file))) {
    return atHand.length === size ? atHand : atHand.subarray(0, size);
  }
  if (!file.grows) return source.read(path, size);
  const data = await source.readStart(path, size, atHand ?? NOTHING);
  if (!atHand || !data || (await holds(data, file))) return data;
  return source.readStart(path, size, NOTHING); // what was at hand was not its start
}
