/**
 * Verify one presented credential against the trust state (schemas/README.md §6).
 *
 * Everything needed is passed in: nothing here reads a store, a socket or the clock. `verify` throws
 * a VerificationError, so a caller that forgets to look cannot accept a forgery.
 */

import { equal } from "./bytes";
import type { Details } from "./codes";
import { type Credential, credentialOf, listKey } from "./credential";
import { dayAt, startOf } from "./day";
import * as ed25519 from "./ed25519";
import { MalformedError, VerificationError } from "./errors";
import { countOf, loggedAt, openNumber, slot, slotAt } from "./issued-list";
import { verificationKey } from "./jwk";
import { CLOCK_SKEW, LOG_DELAY } from "./limits";
import { type Presentation, tokenOf } from "./presentation";
import {
  actsOn,
  covers,
  coversDay,
  type Institution,
  type Key,
  mayIssue,
  nameOn,
} from "./registry";
import { claims, reveal, type SdJwt, signingInput } from "./sd-jwt";
import { at } from "./status-list";
import type { JsonObject } from "./strict-json";
import type { TrustedList, TrustState } from "./trust-state";

export const STEPS = [
  "format",
  "trust_state",
  "key_known",
  "signature",
  "issuer",
  "key_window",
  "grant",
  "issued_list",
  "key_integrity",
  "status",
  "expiry",
  "institution",
  "freshness",
] as const;
export type Step = (typeof STEPS)[number];

const DAY_SECONDS = 86_400;
const NO_ORIGIN = "localhost"; // fills the gaps of bare digits when no trust state names an origin

/** What a verifier goes by; `now` is the clock, seconds. */
export interface Circumstances {
  readonly trust: TrustState | null;
  readonly now: number;
}

/** Something people must be told about a credential that holds. */
export interface Caution {
  readonly code: string;
  readonly details: Details;
}

/** A credential that held at `checkedAt`. Only `verify` makes one. */
export interface VerifiedCredential {
  readonly credential: Credential;
  readonly institution: Institution;
  /** The registry's name for the institution on the day of issue. */
  readonly institutionName: string;
  readonly warnings: readonly Caution[];
  readonly checkedAt: number;
}

/** How far an examination came, for telling people; filled by `examine`. */
export interface Examination {
  /** The step under way, or failed. */
  step: Step;
  /** Steps that were passed over because their data are not loaded. */
  readonly unknown: Set<Step>;
  readonly warnings: Caution[];
  /** Set once its signature holds; likewise what the signature covers. */
  credential: Credential | null;
  signed: Uint8Array | null;
  institution: Institution | null;
}

export function examination(): Examination {
  return {
    step: "format",
    unknown: new Set(),
    warnings: [],
    credential: null,
    signed: null,
    institution: null,
  };
}

/** Throws VerificationError: each reason with a stable `code`. */
export async function verify(
  presentation: Presentation,
  circumstances: Circumstances,
): Promise<VerifiedCredential> {
  const seen = examination();
  const [credential, institution] = await examine(presentation, circumstances, seen);
  return {
    credential,
    institution,
    institutionName: nameOn(institution, credential.issueDate),
    warnings: seen.warnings,
    checkedAt: circumstances.now,
  };
}

/** Go through the steps, noting in `seen` how far it came. Throws as `verify`. */
export async function examine(
  presentation: Presentation,
  { trust, now }: Circumstances,
  seen: Examination,
): Promise<readonly [Credential, Institution]> {
  const warn = (code: string, details: Details = {}) => seen.warnings.push({ code, details });
  // 1. The text is a credential in our strict form.
  const [first, ...others] = origins(presentation, trust);
  let origin = first;
  let token = await tokenOf(presentation, origin);
  let said = claims(token);
  // 2. There is something to check against. The clock cannot be earlier than what was signed.
  seen.step = "trust_state";
  if (!trust) {
    throw new VerificationError("no_registry");
  }
  const clock = Math.floor(now);
  const moment = Math.max(clock, trust.newest);
  // 3. The registry knows the key.
  seen.step = "key_known";
  const [owner, key] = ownerOf(trust, token, said);
  // 4. That key signed exactly these bytes, and each disclosed value belongs to a signed digest.
  seen.step = "signature";
  const publicKey = publicKeyOf(key);
  while (!(await ed25519.verify(publicKey, signingInput(token), token.signature))) {
    const next = others.shift();
    if (next === undefined) {
      throw new VerificationError("bad_signature");
    }
    origin = next;
    token = await tokenOf(presentation, origin);
    said = claims(token);
  }
  const signed = signingInput(token);
  const credential = credentialOf(await reveal(token, said));
  seen.credential = credential;
  seen.signed = signed;
  if (presentation.origin !== null && origin !== presentation.origin) {
    warn("foreign_host", { host: presentation.origin });
  }
  // 5. The institution that is named owns the key.
  seen.step = "issuer";
  if (
    owner.id !== credential.institutionId ||
    !trust.registry.origins.includes(credential.origin)
  ) {
    throw new VerificationError("issuer_key_mismatch");
  }
  seen.institution = owner;
  // 6. Signed while the key was in force, and not in the future.
  seen.step = "key_window";
  const { iat, idx, issueDate, exp } = credential;
  if (Math.max(iat, startOf(issueDate)) > moment + CLOCK_SKEW) {
    throw new VerificationError("issued_in_future");
  }
  if (iat < key.from || key.sign_until <= iat) {
    throw new VerificationError("outside_key_window");
  }
  // 7. The institution might issue this on the day that the certificate bears.
  seen.step = "grant";
  if (!mayIssue(owner, credential, issueDate, dayAt(iat))) {
    throw new VerificationError("out_of_scope");
  }
  const today = dayAt(moment);
  if (!owner.grants.some((grant) => covers(grant, credential) && coversDay(grant, today))) {
    warn("grant_ended");
  }
  // 8. The institution's issued list has it, 9. from before the key was stolen.
  seen.step = "issued_list";
  const list = trust.lists.get(listKey(credential)) ?? null;
  const compromised = key.state === "compromised";
  const logged = await loggedBy(trust, list, compromised, credential, signed, seen);
  if (logged === null) {
    seen.unknown.add("issued_list");
    warn("issued_list_not_loaded");
  }
  seen.step = "key_integrity";
  if (compromised) {
    if (logged === null || key.compromised_at === null || logged >= key.compromised_at) {
      throw new VerificationError("key_compromised");
    }
    warn("key_later_compromised_but_logged_before");
  }
  // 10. It is not withdrawn.
  seen.step = "status";
  const status = list?.status && idx < list.status.count ? at(list.status, idx) : null;
  if (status === "suspended") {
    throw new VerificationError("suspended");
  }
  if (status === "invalid") {
    const sealed = list?.replaced.get(idx);
    if (sealed === undefined) {
      throw new VerificationError("revoked");
    }
    throw new VerificationError("replaced", { replaced_by: await openNumber(sealed, signed) });
  }
  if (status === null || list?.statusIsOld) {
    seen.unknown.add("status");
    warn("status_not_loaded");
  }
  // 11. It has not ended by itself.
  seen.step = "expiry";
  if (exp !== null && moment >= exp) {
    throw new VerificationError("expired", { expired_on: dayAt(exp) });
  }
  // 12. The institution still stands; if not, what it issued before does.
  seen.step = "institution";
  if (!actsOn(owner, today)) {
    warn("issuer_suspended_now");
  }
  // 13. The data are young enough; last, so that "revoked" wins over "stale".
  seen.step = "freshness";
  const { snapshot, root } = trust;
  if (clock < trust.newest - CLOCK_SKEW) {
    throw new VerificationError("clock_behind");
  }
  if (moment >= Math.min(snapshot.exp, root.exp)) {
    throw new VerificationError("registry_expired", { as_of: dayAt(snapshot.iat) });
  }
  if (moment >= snapshot.next) {
    warn("registry_stale", { days: Math.floor((moment - snapshot.iat) / DAY_SECONDS) });
  }
  return [credential, owner];
}

/** Where the text may come from: its own host, then the registry's origins. */
function origins(
  { origin, sdJwt }: Presentation,
  trust: TrustState | null,
): readonly [string, ...string[]] {
  const known = trust?.registry.origins ?? [];
  const [first = NO_ORIGIN, ...others] = new Set(origin === null ? known : [origin, ...known]);
  return sdJwt ? [first] : [first, ...others];
}

function ownerOf(
  trust: TrustState,
  { kid }: SdJwt,
  { iat }: JsonObject,
): readonly [Institution, Key] {
  const found = trust.keys.get(kid);
  if (!found) {
    const newer = typeof iat === "number" && iat > trust.snapshot.iat;
    throw new VerificationError(newer ? "issuer_newer_than_registry" : "issuer_unknown", { kid });
  }
  return found;
}

function publicKeyOf({ jwk, kid }: Key): Uint8Array {
  try {
    return verificationKey(jwk);
  } catch (error) {
    throw error instanceof MalformedError
      ? new VerificationError("issuer_unknown", { kid })
      : error;
  }
}

/** By when the credential had been logged, or null where the issued list is not loaded. */
async function loggedBy(
  { snapshot }: TrustState,
  list: TrustedList | null,
  compromised: boolean,
  { iat, idx }: Credential,
  signed: Uint8Array,
  seen: Examination,
): Promise<number | null> {
  if (!list || idx >= list.published.count) {
    // Not logged: claiming a fresh date is all that a thief of a key has left.
    if (iat <= snapshot.iat - (list?.published.delay ?? LOG_DELAY)) {
      throw new VerificationError("not_in_issued_list");
    }
    if (compromised) {
      seen.unknown.add("issued_list");
      seen.step = "key_integrity";
      throw new VerificationError("key_compromised");
    }
    throw new VerificationError("issued_after_snapshot", { as_of: dayAt(snapshot.iat) });
  }
  const { issued, published } = list;
  if (!issued || idx >= countOf(issued)) {
    return null;
  }
  if (!equal(slotAt(issued, idx), await slot(signed))) {
    throw new VerificationError("not_in_issued_list");
  }
  const logged = loggedAt(issued, idx);
  if (logged - iat > published.delay) {
    throw new VerificationError("backdated");
  }
  return logged;
}
