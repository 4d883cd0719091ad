/**
 * Token Status List with 2 bits an entry (draft-ietf-oauth-status-list §4): packing and bytes.
 *
 * Entry i stands in byte i // 4, at bits 2·(i % 4) and above (least significant first).
 */

import { TrustError, ZhengyinError } from "./errors";
import { inflateZlib } from "./inflate";
import { MAX_LIST_ENTRIES } from "./limits";

const BITS = 2;
const PER_BYTE = 8 / BITS;
/** The registered status types (draft §7.1); 3 is not used and counts as invalid. */
const STATUSES = ["valid", "invalid", "suspended", "invalid"] as const;

export type Status = (typeof STATUSES)[number];

/** The statuses of the first `count` slots of one list. */
export interface StatusList {
  readonly count: number;
  readonly data: Uint8Array;
}

const byteLength = (count: number): number => Math.ceil(count / PER_BYTE);

/** The status of slot `idx`, which the list must have. */
export function at(list: StatusList, idx: number): Status {
  const byte = list.data[Math.floor(idx / PER_BYTE)];
  const status = STATUSES[((byte ?? 0) >> (BITS * (idx % PER_BYTE))) & 3];
  if (byte === undefined || status === undefined || idx >= list.count) {
    throw new RangeError(`no slot ${idx}`);
  }
  return status;
}

/** Read published bytes: one zlib stream of exactly `count` entries. */
export function fromCompressed(count: number, compressed: Uint8Array): StatusList {
  if (count < 0 || count > MAX_LIST_ENTRIES) throw unreadable("count");
  let data: Uint8Array;
  try {
    data = inflateZlib(compressed, byteLength(count));
  } catch (error) {
    throw error instanceof ZhengyinError ? unreadable(`${error.details.detail}`) : error;
  }
  if (data.length !== byteLength(count)) throw unreadable("another length than announced");
  return { count, data };
}

const unreadable = (detail: string): TrustError =>
  new TrustError("file_unreadable", { detail: `status list: ${detail}` });

/** This list, but what `earlier` has as invalid stays so: revocation has no way back. */
export function mergedWithRevoked(list: StatusList, earlier: StatusList): StatusList {
  const data = list.data.slice();
  const bytes = byteLength(Math.min(list.count, earlier.count));
  for (let at = 0; at < bytes; at++) {
    const slots = Math.min(PER_BYTE, earlier.count - at * PER_BYTE); // what fills up says nothing
    const known = (earlier.data[at] ?? 0) & ((1 << (BITS * slots)) - 1);
    const revoked = known & 0x55; // 1, and 3 which counts as 1
    data[at] = ((data[at] ?? 0) & ~(revoked << 1)) | revoked;
  }
  return { count: list.count, data };
}

/** This list with slot `idx` valid. */
export function withReinstated(list: StatusList, idx: number): StatusList {
  const data = list.data.slice();
  const byte = Math.floor(idx / PER_BYTE);
  data[byte] = (data[byte] ?? 0) & ~(3 << (BITS * (idx % PER_BYTE)));
  return { count: list.count, data };
}
