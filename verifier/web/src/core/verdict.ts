/**
 * A verdict is what people and programs are told: outcome, code, checks, dates.
 *
 * `check` never throws for what is presented; a caller that wants to be stopped uses `verify`.
 * The members' names are those of the JSON that the Python verifier writes.
 */

import { hex } from "./bytes";
import { hint, type Language, type Outcome, outcomeOf, sentence } from "./codes";
import { type Credential, listKey } from "./credential";
import { array, object, type Read, text } from "./document";
import { MalformedError, VerificationError } from "./errors";
import { readPresentation } from "./presentation";
import { nameOn } from "./registry";
import { sha256 } from "./sha256";
import type { Json, JsonObject } from "./strict-json";
import type { TrustState } from "./trust-state";
import { type Caution, type Circumstances, examination, examine, STEPS, type Step } from "./verify";

export type State = "passed" | "failed" | "unknown";
/** A text in both languages. */
export type Words = Readonly<Record<Language, string>>;

/** One step's result and the date of the data it rests on. */
export interface Check {
  readonly step: Step;
  readonly state: State;
  readonly as_of: string | null;
}

/** A claim as people read it. */
export interface Field {
  readonly name: string;
  readonly label: Words;
  readonly value: string;
}

/** The whole answer for one presented text. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly code: string;
  readonly warnings: readonly ({ readonly code: string } & Words)[];
  readonly checks: readonly Check[];
  readonly demo: boolean;
  readonly institution: { readonly id: string; readonly name: string } | null;
  readonly type: string | null;
  readonly certificate_number: string | null;
  readonly holder_name: string | null;
  readonly claims: JsonObject | null;
  readonly issued_at: string | null;
  readonly registry: {
    readonly version: number;
    readonly edition: string;
    readonly as_of: string;
  } | null;
  readonly status_as_of: string | null;
  readonly message: Words;
  readonly hint: Words;
  /** Tells one credential from another, once its signature holds: SHA-256 of what is signed, hex. */
  readonly credential_key: string | null;
  /** Where its status stands, to look again later. */
  readonly list: { readonly key: string; readonly idx: number } | null;
  /** What people call its type. */
  readonly kind: Words | null;
  /** Its claims in the order of its type; null where nobody may be shown. */
  readonly fields: readonly Field[] | null;
}

const REGISTRY_STEPS = new Set<Step>([
  "trust_state",
  "key_known",
  "issuer",
  "key_window",
  "grant",
  "institution",
]);
const DATELESS_STEPS = new Set<Step>(["format", "signature", "expiry"]);
const SHOWS_PERSON = STEPS.indexOf("issued_list"); // signature, issuer and grant hold from here on

/** The verdict on a presented text as of `now`, seconds. */
export async function check(presented: string, circumstances: Circumstances): Promise<Verdict> {
  const { trust } = circumstances;
  const seen = examination();
  let code = "ok";
  let details = {};
  try {
    await examine(readPresentation(presented), circumstances, seen);
  } catch (error) {
    if (!(error instanceof VerificationError)) {
      throw error;
    }
    ({ code, details } = error);
  }
  const outcome = outcomeOf(code);
  const reached = STEPS.indexOf(seen.step);
  const stopped = outcome === "undecided" || outcome === "not_ours" ? "unknown" : "failed";
  const registryAsOf = trust && timeOf(trust.registry.iat);
  const snapshotAsOf = trust && timeOf(trust.snapshot.iat);
  const { credential, institution, signed } = seen;
  const shown = outcome !== "invalid" && reached >= SHOWS_PERSON ? credential : null;
  const about = trust && credential && metadataOf(trust, credential);
  return {
    outcome,
    code,
    warnings: outcome === "valid" ? seen.warnings.map(warning) : [],
    checks: STEPS.map((step, index) => {
      const known = index <= reached && !seen.unknown.has(step);
      const state = known ? (index < reached || code === "ok" ? "passed" : stopped) : "unknown";
      const asOf = REGISTRY_STEPS.has(step) ? registryAsOf : snapshotAsOf;
      return { step, state, as_of: state === "unknown" || DATELESS_STEPS.has(step) ? null : asOf };
    }),
    demo: !!(trust?.demo || credential?.demo),
    institution: institution && {
      id: institution.id,
      name: nameOn(institution, credential?.issueDate ?? ""),
    },
    type: credential?.type ?? null,
    certificate_number: shown?.certificateNumber ?? null,
    holder_name: shown?.holderName ?? null,
    claims: shown?.claims ?? null,
    issued_at: credential && timeOf(credential.iat),
    registry: trust && {
      version: trust.registry.version,
      edition: trust.registry.edition,
      as_of: timeOf(trust.registry.iat),
    },
    status_as_of: snapshotAsOf,
    message: inBoth((language) => sentence("verification", code, language, details)),
    hint: inBoth((language) => hint("verification", code, language, details)),
    credential_key: signed && hex(await sha256(signed)),
    list: credential && { key: listKey(credential), idx: credential.idx },
    kind: about && labelOf(about.display, ""),
    fields: shown && fieldsOf(shown.claims, about),
  };
}

function inBoth(say: (language: Language) => string): Words {
  return { "zh-CN": say("zh-CN"), en: say("en") };
}

function timeOf(moment: number): string {
  return new Date(moment * 1000).toISOString().replace(".000", "");
}

function warning({ code, details }: Caution): Verdict["warnings"][number] {
  return { code, ...inBoth((language) => sentence("warnings", code, language, details)) };
}

// What a type's metadata say of it and of its claims (SD-JWT VC, type metadata).

const metadata = object({
  display: array(object({ locale: text, name: text })),
  claims: array(
    object({ path: array(text), display: array(object({ locale: text, label: text })) }),
  ),
});
export type Metadata = Read<typeof metadata>;

/** null where they are not loaded, or not of a form that is known here. */
function metadataOf({ types }: TrustState, { type, typeVersion }: Credential): Metadata | null {
  try {
    return metadata(types.get(`${type}/${typeVersion}`), type);
  } catch (error) {
    if (error instanceof MalformedError) {
      return null;
    }
    throw error;
  }
}

interface Display {
  readonly locale: string;
  readonly label?: string;
  readonly name?: string;
}

function labelOf(displays: readonly Display[], otherwise: string): Words {
  return inBoth((language) => {
    const display = displays.find(({ locale }) => locale === language);
    return display?.label ?? display?.name ?? otherwise;
  });
}

const ENVELOPE = new Set(["iss", "iat", "exp", "vct", "status", "demo"]);

/** `claims` as people read them; those that `about` does not know stand last. */
export function fieldsOf(claims: JsonObject, about: Metadata | null): readonly Field[] {
  const labels = new Map(about?.claims.map(({ path, display }) => [path.join("."), display]));
  const order = [...labels.keys()];
  const place = ({ name }: Field) => (labels.has(name) ? order.indexOf(name) : order.length);
  return Object.entries(claims)
    .filter(([name]) => !ENVELOPE.has(name))
    .flatMap(([name, value]) => leaves(name, value))
    .map(([name, value]) => ({ name, label: labelOf(labels.get(name) ?? [], name), value }))
    .sort((one, other) => place(one) - place(other));
}

/** What `value` says, its members by their dotted names. */
function leaves(name: string, value: Json): readonly (readonly [string, string])[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([member, inner]) => leaves(`${name}.${member}`, inner))
    : [[name, String(value)]];
}
