/** How old the trust data are, and until when they serve: the colours of verifier/verify.py's last step. */

import { CLOCK_SKEW } from "../core/limits";
import type { TrustState } from "../core/trust-state";

const DAY = 86_400; // seconds

export interface Age {
  /** green: current; yellow: a newer one exists by now; red: nothing good can be said any more. */
  readonly color: "green" | "yellow" | "red";
  /** Whole days since the snapshot was signed. */
  readonly days: number;
  /** By when the phone should see a network, seconds. */
  readonly connectBefore: number;
  /** From when on no verdict is possible, seconds. */
  readonly expires: number;
  /** The phone's clock is earlier than what was signed already; counts as red. */
  readonly clockBehind: boolean;
}

/** The age of `state` as of `now`, seconds. */
export function age({ root, snapshot, newest }: TrustState, now: number): Age {
  const moment = Math.max(now, newest); // no clock is earlier than what was signed
  const clockBehind = now < newest - CLOCK_SKEW;
  const expires = Math.min(snapshot.exp, root.exp);
  const color =
    clockBehind || moment >= expires ? "red" : moment >= snapshot.next ? "yellow" : "green";
  const connectBefore = moment < snapshot.next ? Math.min(snapshot.next, expires) : expires;
  return {
    color,
    days: Math.floor((moment - snapshot.iat) / DAY),
    connectBefore,
    expires,
    clockBehind,
  };
}
