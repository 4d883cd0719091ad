/**
 * The claims of a credential, typed (schemas/README.md §2; the types' own claims are data).
 *
 * `credentialOf` refuses what every type has in common and gets wrong; what only one type demands is
 * its JSON Schema's business, which the issuer applies before it signs.
 */

import { characters } from "./bytes";
import { isDay } from "./day";
import { MalformedError } from "./errors";
import { MAX_LIST_ENTRIES, MAX_TIME } from "./limits";
import { splitIssuer, splitStatus, splitType } from "./origin";
import { isObject, type Json, type JsonObject } from "./strict-json";

const MAX_TEXT = 200; // characters of any one text claim; the longest, a class name, is limited to 60

/** What a certificate says. Who may say it is the registry's business. */
export interface Credential {
  readonly origin: string;
  readonly institutionId: string;
  readonly type: string;
  readonly typeVersion: number;
  /** When it was signed, seconds since 1970. */
  readonly iat: number;
  /** When it ends, seconds since 1970; these certificates are for life unless a type says so. */
  readonly exp: number | null;
  /** The institution's status list, by year of signing. */
  readonly listId: string;
  /** The slot in the status list and in the issued list. */
  readonly idx: number;
  readonly certificateNumber: string;
  readonly holderName: string;
  /** 发证日期, what the certificate prints, YYYY-MM-DD; may be years before `iat`. */
  readonly issueDate: string;
  readonly occupation: string | null;
  readonly direction: string | null;
  readonly level: string | null;
  readonly demo: boolean;
  /** All revealed claims, in the order they were signed. */
  readonly claims: JsonObject;
}

/** The list's name in the trust state: `{institution id}/{list id}`. */
export const listKey = (credential: Credential): string =>
  `${credential.institutionId}/${credential.listId}`;

/** Read revealed claims; each that every credential needs must be there and of its kind. */
export function credentialOf(claims: JsonObject): Credential {
  if (claims.nbf !== undefined || claims.cnf !== undefined) {
    throw new MalformedError("nbf or cnf: another verifier would act on it");
  }
  const [uri, idx] = status(claims);
  const [origin, institutionId] = splitIssuer(text(claims, "iss"));
  const [typeOrigin, type, typeVersion] = splitType(text(claims, "vct"));
  const [statusOrigin, statusInstitution, listId] = splitStatus(uri);
  if (origin !== typeOrigin || origin !== statusOrigin || institutionId !== statusInstitution) {
    throw new MalformedError("iss, vct and status: not of one origin and institution");
  }
  if (claims.demo !== undefined && claims.demo !== true) throw new MalformedError("demo: not true");
  const issueDate = text(claims, "issue_date");
  if (!isDay(issueDate)) throw new MalformedError("issue_date: not a date YYYY-MM-DD");
  return {
    origin,
    institutionId,
    type,
    typeVersion,
    iat: time(claims, "iat"),
    exp: claims.exp === undefined ? null : time(claims, "exp"),
    listId,
    idx,
    certificateNumber: text(claims, "certificate_number"),
    holderName: text(claims, "holder_name"),
    issueDate,
    occupation: optionalText(claims, "occupation"),
    direction: optionalText(claims, "direction"),
    level: optionalText(claims, "level"),
    demo: claims.demo === true,
    claims,
  };
}

function text(claims: JsonObject, name: string): string {
  const value = claims[name];
  if (typeof value !== "string" || !value || characters(value) > MAX_TEXT) {
    throw new MalformedError(`${name}: not a text of 1 to ${MAX_TEXT} characters`);
  }
  return value;
}

const optionalText = (claims: JsonObject, name: string): string | null =>
  claims[name] === undefined ? null : text(claims, name);

/** Whether `value` is an integer from 0 to `max`; strict JSON has no other numbers. */
const isUpTo = (value: Json | undefined, max: number): value is number =>
  typeof value === "number" && value >= 0 && value <= max;

function time(claims: JsonObject, name: string): number {
  const value = claims[name];
  if (!isUpTo(value, MAX_TIME)) {
    throw new MalformedError(`${name}: not a time between 1970 and 2200`);
  }
  return value;
}

function status(claims: JsonObject): readonly [string, number] {
  const entry = isObject(claims.status) ? claims.status.status_list : undefined;
  if (!isObject(entry)) throw new MalformedError("status: no status_list");
  const { idx } = entry;
  if (!isUpTo(idx, MAX_LIST_ENTRIES - 1)) throw new MalformedError("status: idx is not an index");
  return [text(entry, "uri"), idx];
}
