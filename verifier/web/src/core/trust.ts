/**
 * root → registry → snapshot: the update rules of a verifier (schemas/README.md §4; after TUF §5).
 *
 * A pure state machine: `update(state, documents, now)` gives the next state, or throws a TrustError
 * with the code of the rule that was broken, and the state stays as it was.
 */

import { encode } from "./base64url";
import { hex } from "./bytes";
import { malformed, orMalformed, read } from "./document";
import { TrustError } from "./errors";
import { kidOf, thumbprint } from "./jwk";
import type { General } from "./jws";
import {
  CLOCK_SKEW,
  MAX_REGISTRY,
  MAX_REGISTRY_SIGNATURES,
  MAX_ROOT,
  MAX_ROOTS,
  MAX_SNAPSHOT,
  MAX_SNAPSHOT_LIFE,
} from "./limits";
import { isOrigin } from "./origin";
import {
  type Institution,
  type Key,
  REGISTRY_TYP,
  type Registry,
  registry as registryReader,
  registrySeal,
} from "./registry";
import { ROOT_TYP, type Role, type Root, root as rootReader } from "./root";
import { sha256, sha256Text } from "./sha256";
import { openSigned, requireFile, requireThreshold, sameKeys } from "./signed";
import { keyOf, SNAPSHOT_TYP, type Snapshot, snapshot as snapshotReader } from "./snapshot";
import { readList, readTypes, rewritten } from "./trust-lists";
import {
  type Documents,
  type Kept,
  type TrustedList,
  type TrustState,
  withKept,
} from "./trust-state";

export { readRoot, rootFingerprint, unverifiedSnapshot } from "./signed";
export type { Documents, Kept, TrustedList, TrustState } from "./trust-state";

/**
 * Check `documents` against what is believed now, as of `now` (seconds).
 *
 * Without a `state`, the chain starts at the root whose fingerprint is one of `pins` (hex). A `demo`
 * root needs no pin, and every verdict under it says that it is a demonstration.
 *
 * Throws TrustError: one code for each broken rule; the caller keeps its `state`.
 */
export function update(
  state: TrustState | null,
  documents: Documents,
  { pins, now }: { readonly pins: Iterable<string>; readonly now: number },
): Promise<TrustState> {
  return accept(state, documents, new Set(pins), now);
}

/**
 * The state that once accepted `documents`, with what it knew besides; no clock has a say.
 *
 * `kept` has by `{institution}/{list}` what that state had and the documents do not say, `newest` is
 * its newest signed time, seconds.
 *
 * Throws TrustError: as `update`, but for `root_expired` and `clock_behind`.
 */
export async function restore(
  documents: Documents,
  kept: ReadonlyMap<string, Kept>,
  { newest, pins }: { readonly newest: number; readonly pins: Iterable<string> },
): Promise<TrustState> {
  const state = await accept(null, documents, new Set(pins), null);
  const lists = new Map<string, TrustedList>();
  for (const [name, list] of state.lists) {
    const more = kept.get(name);
    lists.set(name, more ? withKept(list, more) : list);
  }
  return { ...state, lists, newest: Math.max(newest, state.newest) };
}

/** `update`, or without `now` the same but for the clock. */
async function accept(
  state: TrustState | null,
  documents: Documents,
  pins: ReadonlySet<string>,
  now: number | null,
): Promise<TrustState> {
  const [root, rootSha256] = await walkRoots(state, documents.roots, pins);
  if (now !== null && root.exp <= now) {
    throw new TrustError("root_expired", { version: root.version });
  }
  // A root that changes the snapshot's keys forgets the version they had reached, and the lists
  // that they signed: else a thief who signed version 2^53 − 1, or a slot that nobody issued, would
  // block every verifier for ever (TUF §5.3.11). Likewise the registry's keys.
  const before = (role: "snapshot" | "registry") =>
    state && sameKeys(state.root.roles[role], root.roles[role]) ? state : null;
  const seen = before("snapshot");
  const [snapshot, snapshotSha256] = await readSnapshot(seen, root, documents.snapshot);
  const registered = before("registry");
  const registry = await readRegistry(state, registered, root, snapshot, documents);
  const newest = Math.max(root.iat, snapshot.iat, registry.iat);
  if (now !== null && newest > now + CLOCK_SKEW) {
    throw new TrustError("clock_behind");
  }
  const keys = state?.registry === registry ? state.keys : indexKeys(registry);
  const lists = new Map<string, TrustedList>();
  for (const published of snapshot.lists) {
    const name = keyOf(published);
    if (lists.has(name)) {
      throw malformed(`list ${name} stands twice`);
    }
    const list = await readList(published, documents, {
      earlier: seen?.lists.get(name),
      reinstated: registry.reinstated.filter((one) => keyOf(one) === name).map(({ idx }) => idx),
      signedAt: snapshot.iat,
      seenAt: seen?.snapshot.iat ?? 0,
    });
    lists.set(name, list);
  }
  for (const name of seen?.lists.keys() ?? []) {
    if (!lists.has(name)) {
      throw rewritten(name);
    }
  }
  if (registered) {
    refuseVanished(registered, registry, keys);
  }
  return {
    root,
    rootSha256,
    snapshot,
    snapshotSha256,
    registry,
    registrySha256: snapshot.registry.sha256,
    types: await readTypes(registry, documents),
    lists,
    newest: Math.max(newest, state?.newest ?? 0),
    keys,
    demo: root.env === "demo",
  };
}

// 1. The root chain: N + 1 is signed by the thresholds of N and of N + 1 (TUF §5.3).

interface Link {
  readonly signed: General;
  readonly root: Root;
  readonly digest: Uint8Array;
}

async function walkRoots(
  state: TrustState | null,
  documents: readonly Uint8Array[],
  pins: ReadonlySet<string>,
): Promise<readonly [Root, string]> {
  if (!documents.length || documents.length > MAX_ROOTS) {
    throw gap(`${documents.length} root documents`);
  }
  const opened = documents.map((document) => openSigned(document, ROOT_TYP, MAX_ROOT));
  const links: Link[] = [];
  for (const signed of opened) {
    const root = read("Root", rootReader, signed.payload);
    links.push({ signed, root, digest: await sha256(signed.payload) });
  }
  const isPinned = ({ digest }: Link) => pins.has(hex(digest));
  const somePinned = links.some(isPinned);
  let trusted = state?.root;
  let trustedHash = state?.rootSha256 ?? "";
  for (const link of links) {
    const { signed, root } = link;
    const hash = encode(link.digest);
    if (!trusted) {
      if (!isPinned(link) && (root.env !== "demo" || somePinned)) {
        continue;
      }
      await requireRoots(signed, root.roles.root);
    } else if (root.version > trusted.version) {
      await requireSuccessor(trusted, root, signed);
    } else {
      if (root.version === trusted.version && hash !== trustedHash) {
        throw equivocation(`root ${root.version}`);
      }
      continue;
    }
    trusted = root;
    trustedHash = hash;
  }
  if (!trusted) {
    const fingerprint = links[0] ? hex(links[0].digest) : "";
    throw new TrustError("root_not_pinned", { fingerprint });
  }
  return [trusted, trustedHash];
}

const gap = (detail: string) => new TrustError("root_gap", { detail });
const equivocation = (detail: string) => new TrustError("equivocation", { detail });
const requireRoots = (signed: General, role: Role) =>
  requireThreshold(signed, role, "root_signature");

async function requireSuccessor(trusted: Root, root: Root, signed: General): Promise<void> {
  if (root.version !== trusted.version + 1) {
    throw gap(`root ${root.version} after ${trusted.version}`);
  }
  requireEnvironment(root, trusted, `root ${root.version}`);
  await requireRoots(signed, trusted.roles.root);
  await requireRoots(signed, root.roles.root);
  for (const { kid, jwk } of root.roles.root.keys) {
    if (trusted.next_root.length && !trusted.next_root.includes(encode(thumbprint(jwk)))) {
      throw new TrustError("root_prerotation", { kid });
    }
  }
}

function requireEnvironment(
  document: { readonly env: string },
  { env }: Root,
  detail: string,
): void {
  if (document.env !== env) {
    throw new TrustError("environment_mismatch", { detail });
  }
}

// 2. The snapshot: one online key. `before` is the state, unless the role's keys changed.

async function readSnapshot(
  before: TrustState | null,
  root: Root,
  document: Uint8Array,
): Promise<readonly [Snapshot, string]> {
  const signed = openSigned(document, SNAPSHOT_TYP, MAX_SNAPSHOT);
  await requireThreshold(signed, root.roles.snapshot, "snapshot_signature");
  const snapshot = read("Snapshot", snapshotReader, signed.payload);
  const { iat, next, exp, version } = snapshot;
  if (!(iat <= next && next <= exp && exp <= iat + MAX_SNAPSHOT_LIFE)) {
    throw malformed("snapshot: next and exp"); // a thief's, for ever
  }
  requireEnvironment(snapshot, root, "snapshot");
  const hash = await sha256Text(signed.payload);
  if (before) {
    const was = before.snapshot.version;
    if (version === was && hash !== before.snapshotSha256) {
      throw equivocation(`snapshot ${version}`);
    }
    if (version < was || iat < before.snapshot.iat) {
      throw new TrustError("snapshot_rollback", { was, now: version });
    }
  }
  return [snapshot, hash];
}

// 3. The registry that the snapshot names.

async function readRegistry(
  state: TrustState | null,
  before: TrustState | null,
  root: Root,
  snapshot: Snapshot,
  documents: Documents,
): Promise<Registry> {
  const signed = openSigned(documents.registrySignatures, REGISTRY_TYP, MAX_REGISTRY_SIGNATURES);
  await requireThreshold(signed, root.roles.registry, "registry_signature");
  const seal = read("RegistrySeal", registrySeal, signed.payload);
  requireEnvironment(seal, root, "registry");
  const pinned = snapshot.registry;
  const differ = (detail: string) => new TrustError("registry_hash", { detail });
  const { version, sha256: hash, len, prev } = seal;
  if (version !== pinned.version || hash !== pinned.sha256 || len !== pinned.len) {
    throw differ(`registry ${version}, snapshot names ${pinned.version}`);
  }
  await requireFile("registry", documents.registry, pinned, MAX_REGISTRY, "registry_hash");
  if (before) {
    // Kept apart from the snapshot's own version: a stolen snapshot key could otherwise bring back
    // an old registry that the registry's keys once signed.
    const was = before.registry.version;
    if (version < was) {
      throw new TrustError("registry_rollback", { was, now: version });
    }
    if (version === was && hash !== before.registrySha256) {
      throw equivocation(`registry ${version}`);
    }
    if (version === was + 1 && prev !== before.registrySha256) {
      throw new TrustError("registry_chain", { detail: `registry ${version}` });
    }
  }
  if (state?.registrySha256 === hash) {
    return state.registry;
  }
  const registry = read("Registry", registryReader, documents.registry);
  if (registry.env !== seal.env || registry.version !== version || registry.prev !== prev) {
    throw differ("the registry and its seal disagree");
  }
  if (!registry.origins.every(isOrigin)) {
    throw malformed("registry: an origin");
  }
  return registry;
}

function indexKeys({ institutions }: Registry): ReadonlyMap<string, readonly [Institution, Key]> {
  const keys = new Map<string, readonly [Institution, Key]>();
  const seen = new Set<string>();
  const twice = (detail: string) => new TrustError("registry_duplicate", { detail });
  for (const institution of institutions) {
    if (seen.has(institution.id)) {
      throw twice(institution.id);
    }
    seen.add(institution.id);
    for (const key of institution.keys) {
      const { kid } = key;
      if (keys.has(kid)) {
        throw twice(`kid ${kid}`);
      }
      if (orMalformed(`kid ${kid}`, () => kidOf(key.jwk)) !== kid) {
        throw malformed(`kid ${kid} is not that of its key`);
      }
      keys.set(kid, [institution, key]);
    }
  }
  return keys;
}

/** Nothing is ever deleted: a missing institution or key would make history disappear. */
function refuseVanished(before: TrustState, registry: Registry, keys: TrustState["keys"]): void {
  const there = new Set(registry.institutions.map(({ id }) => id));
  const gone =
    before.registry.institutions.find(({ id }) => !there.has(id))?.id ??
    [...before.keys.keys()].find((kid) => !keys.has(kid));
  if (gone !== undefined) {
    throw new TrustError("registry_deleted", { detail: gone });
  }
}
