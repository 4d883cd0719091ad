/** The freshness code at the hall's door: whether this phone's data are the current ones (schemas/README.md §4.3). */

import { read } from "../core/document";
import { ZhengyinError } from "../core/errors";
import { countValid, type General, parseCompact } from "../core/jws";
import type { Role } from "../core/root";
import { POSTER_TYP, poster } from "../core/snapshot";
import type { TrustState } from "../core/trust-state";

const MAX_POSTER = 1024; // characters; it has 330

export interface PosterReading {
  readonly version: number;
  /** When that snapshot was signed, seconds. */
  readonly iat: number;
  /** A refresh will bring something. */
  readonly newer: boolean;
  readonly sameAsOurs: boolean;
  /** Not signed by whom this phone trusts, or another snapshot than ours under our version. */
  readonly forged: boolean;
}

/** What the code `text` says; null: it is no poster. Without `trust` nothing can be forged. */
export async function readPoster(
  text: string,
  trust: TrustState | null,
): Promise<PosterReading | null> {
  if (text.length > MAX_POSTER) return null;
  try {
    const signed = parseCompact(text, POSTER_TYP);
    const { version, iat, env, sha256 } = read("Poster", poster, signed.payload);
    if (!trust) return { version, iat, newer: true, sameAsOurs: false, forged: false };
    const { root, snapshot, snapshotSha256 } = trust;
    const ours = version === snapshot.version;
    const sameAsOurs = ours && sha256 === snapshotSha256;
    const refused = env !== root.env || (ours && !sameAsOurs);
    const forged = refused || !(await isSigned(signed, root.roles.snapshot));
    return {
      version,
      iat,
      newer: !forged && version > snapshot.version,
      sameAsOurs: !forged && sameAsOurs,
      forged,
    };
  } catch (error) {
    if (error instanceof ZhengyinError) return null; // of another form: somebody else's code
    throw error;
  }
}

/** One of the keys that sign snapshots signs the poster. */
async function isSigned(signed: General, { keys }: Role): Promise<boolean> {
  return (await countValid(signed, new Map(keys.map(({ kid, jwk }) => [kid, jwk])))) > 0;
}
