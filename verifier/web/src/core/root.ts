/** root: which keys hold which role (schemas/README.md §4.1; after TUF's root role). */

import {
  array,
  environment,
  formatVersion,
  hash,
  integer,
  kid,
  object,
  publicKey,
  type Read,
  time,
  version,
  withDefault,
} from "./document";
import { MAX_SIGNATURES } from "./limits";

export const ROOT_TYP = "root+jws";

/** `threshold` distinct keys of `keys` must sign. */
const role = object({
  threshold: integer(1, MAX_SIGNATURES),
  keys: array(object({ kid, jwk: publicKey }), 1, MAX_SIGNATURES),
});
export type Role = Read<typeof role>;

/** Version N + 1 is signed by the thresholds of N and of N + 1. */
export const root = object({
  v: formatVersion,
  env: environment,
  version,
  iat: time,
  exp: time,
  roles: object({ root: role, registry: role, snapshot: role }),
  /** Thumbprints of the keys that alone may hold `root` in the next version; empty: not announced. */
  next_root: withDefault([], array(hash)),
});
export type Root = Read<typeof root>;
