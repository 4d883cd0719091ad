/** What a verifier is given and what it believes: values only; the rules are in `trust.ts`. */

import { type IssuedList, SLOT } from "./issued-list";
import type { Institution, Key, Registry } from "./registry";
import type { Root } from "./root";
import type { PublishedList, Snapshot } from "./snapshot";
import { mergedWithRevoked, type StatusList } from "./status-list";
import type { JsonObject } from "./strict-json";

/** Files by name: types by `{type}/{version}`, lists by `{institution}/{list}`. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What was fetched or read, unverified. A list or type that is absent was not loaded. */
export interface Documents {
  /** Consecutive versions, ascending. */
  readonly roots: readonly Uint8Array[];
  readonly snapshot: Uint8Array;
  readonly registry: Uint8Array;
  readonly registrySignatures: Uint8Array;
  readonly types: Files;
  readonly status: Files;
  readonly issued: Files;
  readonly replaced: Files;
}

/** One institution's lists of one year. null: not loaded, which is said and never skipped. */
export interface TrustedList {
  readonly published: PublishedList;
  readonly status: StatusList | null;
  readonly issued: IssuedList | null;
  /** Slot → sealed number of the certificate that replaces it. */
  readonly replaced: ReadonlyMap<number, string>;
  /** The status list is an earlier one: what it withdrew is withdrawn, the rest is not known. */
  readonly statusIsOld: boolean;
}

/** What a state knew of a list beyond its last documents; it has to survive on the disk. */
export interface Kept {
  /** With every revocation ever seen. */
  readonly status: StatusList | null;
  /** The slots that were loaded, where the last documents came without them. */
  readonly issued: Uint8Array | null;
}

/** `list` with what was known of it before. */
export function withKept(list: TrustedList, kept: Kept): TrustedList {
  let { status, issued } = list;
  if (kept.status) {
    status = status ? mergedWithRevoked(status, kept.status) : kept.status;
  }
  if (!issued && kept.issued) {
    const count = Math.floor(kept.issued.length / SLOT);
    const epochs = list.published.epochs.filter(([logged]) => logged <= count);
    issued = { data: kept.issued, epochs };
  }
  return { ...list, status, issued, statusIsOld: !list.status && status !== null };
}

/** What a verifier believes. Only `update` and `restore` build one. */
export interface TrustState {
  readonly root: Root;
  readonly rootSha256: string;
  readonly snapshot: Snapshot;
  readonly snapshotSha256: string;
  readonly registry: Registry;
  readonly registrySha256: string;
  /** `{type}/{version}` → metadata. */
  readonly types: ReadonlyMap<string, JsonObject>;
  readonly lists: ReadonlyMap<string, TrustedList>;
  /** The newest signed time seen, seconds: no clock can be earlier. */
  readonly newest: number;
  /** kid → whose key it is. */
  readonly keys: ReadonlyMap<string, readonly [Institution, Key]>;
  /** Whether nothing under this root counts as evidence. */
  readonly demo: boolean;
}
