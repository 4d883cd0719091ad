/** snapshot: the registry and all lists as of one moment, by hash (schemas/README.md §4.3). */

import {
  array,
  count,
  environment,
  formatVersion,
  hash,
  integer,
  object,
  optional,
  pinned,
  pinnedMembers,
  type Read,
  type Reader,
  time,
  version,
  withDefault,
} from "./document";
import { MAX_LOG_DELAY } from "./limits";
import { institutionId, listId } from "./registry";

export const SNAPSHOT_TYP = "snapshot+jws";
export const POSTER_TYP = "poster+jws";

/** [count, time]: by `time`, seconds, `count` slots had been logged. */
export type Epoch = readonly [count: number, time: number];
const twoIntegers = array(integer(0, Infinity), 2, 2);
const epoch: Reader<Epoch> = (value, name) => {
  const [first = 0, second = 0] = twoIntegers(value, name);
  return [first, second];
};

/** One institution's lists of one year. */
const publishedList = object({
  institution: institutionId,
  list: listId,
  /** Slots in both lists. */
  count,
  /** The zlib bytes of the status list. */
  status: pinned,
  /** SHA-256 of the first `count` slots of the issued list. */
  issued: hash,
  /** Seconds that may pass between signing and logging. */
  delay: integer(0, MAX_LOG_DELAY),
  /** Ascending in both; the last count is `count`. */
  epochs: array(epoch),
  /** [[idx, sealed number], …] of the replaced credentials. */
  replaced: optional(pinned),
});
export type PublishedList = Read<typeof publishedList>;

/** `{institution}/{list}`. */
export function keyOf(list: { readonly institution: string; readonly list: string }): string {
  return `${list.institution}/${list.list}`;
}

/** Signed on each change and daily by the one key that is online. */
export const snapshot = object({
  v: formatVersion,
  env: environment,
  version,
  iat: time,
  /** By when there is a newer one; later than that it is stale. */
  next: time,
  /** From then on it says nothing good any more. */
  exp: time,
  registry: object({ ...pinnedMembers, version }),
  lists: withDefault([], array(publishedList)),
});
export type Snapshot = Read<typeof snapshot>;

/** The freshness code at the hall's door: an old phone sees that it is old. `sha256` is the snapshot payload's. */
export const poster = object({
  v: formatVersion,
  env: environment,
  version,
  iat: time,
  sha256: hash,
});
export type Poster = Read<typeof poster>;
