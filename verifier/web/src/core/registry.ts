/**
 * registry: who may issue what, with which keys (schemas/README.md §4.2).
 *
 * A grant is one tuple: a body may be 评价机构 for one occupation and only 培训机构 for another, which
 * two independent lists would over-authorise. Nothing is ever deleted, only ended.
 */

import {
  array,
  date,
  environment,
  formatVersion,
  hash,
  integer,
  kid,
  object,
  oneOf,
  optional,
  pattern,
  pinnedMembers,
  publicKey,
  type Read,
  type Reader,
  text,
  time,
  version,
  withDefault,
} from "./document";
import { MAX_LIST_ENTRIES } from "./limits";

export const REGISTRY_TYP = "registry+jws";

export const institutionId = pattern(/^[a-z][a-z0-9-]{1,31}$/);
export const listId = pattern(/^\d{4}(-\d{1,3})?$/);
const typeName = pattern(/^[a-z][a-z0-9_]{1,31}$/);

const texts = array(text);
const anyOrSome: Reader<"*" | readonly string[]> = (value, name) =>
  value === "*" ? value : texts(value, name);

/** One right: this type, in this role, for this occupation, directions and levels. */
const grant = object({
  type: typeName,
  role: oneOf("evaluation", "training", "base", "assessment", "employer", "competition"),
  /** `*` where the type or the grant knows none. */
  occupation: text,
  directions: anyOrSome,
  levels: anyOrSome,
  from: date,
  /** The last day; null: open. */
  to: optional(date),
  state: withDefault("active", oneOf("active", "suspended", "ended")),
  /** The first day on which a suspended or ended grant no longer counts. */
  state_from: optional(date),
  /** The notice, annex and row that the grant rests on. */
  basis: text,
});
export type Grant = Read<typeof grant>;

/** An institution's signing key; its times are seconds, it signs in [from, sign_until). */
const key = object({
  kid,
  jwk: publicKey,
  from: time,
  sign_until: time,
  state: withDefault("active", oneOf("planned", "active", "retired", "compromised")),
  /** Only slots logged before stay good; null on a compromised key: none does. */
  compromised_at: optional(time),
  reason: optional(text),
});
export type Key = Read<typeof key>;

const institution = object({
  id: institutionId,
  names: array(object({ name: text, from: optional(date), to: optional(date) }), 1),
  uscc: optional(text),
  published_in: optional(text),
  status: withDefault("active", oneOf("active", "suspended", "withdrawn")),
  status_from: optional(date),
  keys: withDefault([], array(key)),
  grants: withDefault([], array(grant)),
});
export type Institution = Read<typeof institution>;

/** A certificate type, with its metadata by hash: an old verifier can show a new type. */
export const publishedType = object({ type: typeName, version, ...pinnedMembers });
export type PublishedType = Read<typeof publishedType>;

const about = {
  v: formatVersion,
  env: environment,
  version,
  /** SHA-256 of the version before. */
  prev: optional(hash),
  iat: time,
};

/** The published directory, edition by edition. */
export const registry = object({
  ...about,
  authority: object({ zh: text, en: text }),
  /** What people call it: 2023-06 版. */
  edition: text,
  /** The deployment origins that credentials may carry. */
  origins: array(text, 1),
  types: withDefault([], array(publishedType)),
  institutions: withDefault([], array(institution)),
  /** Slots that were revoked by mistake and are good again: only the registry can say so. */
  reinstated: withDefault(
    [],
    array(
      object({ institution: institutionId, list: listId, idx: integer(0, MAX_LIST_ENTRIES - 1) }),
    ),
  ),
});
export type Registry = Read<typeof registry>;

/** What the registry's keys sign: the registry file by what it must be. */
export const registrySeal = object({ ...about, ...pinnedMembers });

/** What a certificate is for; null where its type has no such claim. */
export interface Scope {
  readonly type: string;
  readonly occupation: string | null;
  readonly direction: string | null;
  readonly level: string | null;
}

/** Whether a state that began on `from` (always, where that is null) has not begun by `day`. */
const notYet = (from: string | null, day: string) => from !== null && day < from;

/** Whether `grant` is for such a certificate. */
export function covers(grant: Grant, scope: Scope): boolean {
  const { occupation, direction, level } = scope;
  return (
    grant.type === scope.type &&
    (grant.occupation === "*" || grant.occupation === occupation) &&
    (grant.directions === "*" || (direction !== null && grant.directions.includes(direction))) &&
    (grant.levels === "*" || (level !== null && grant.levels.includes(level)))
  );
}

/** Whether `grant` was in force on `day` (YYYY-MM-DD). */
export function coversDay(grant: Grant, day: string): boolean {
  return (
    grant.from <= day &&
    (grant.to === null || day <= grant.to) &&
    (grant.state === "active" || notYet(grant.state_from, day))
  );
}

/** The name that the registry gives for `day`, else the last one. */
export function nameOn({ names }: Institution, day: string): string {
  const then = names.find(
    ({ from, to }) => (from === null || from <= day) && (to === null || day <= to),
  );
  return (then ?? names[names.length - 1])?.name ?? "";
}

/** Whether `institution` was neither suspended nor withdrawn on `day`. */
export function actsOn(institution: Institution, day: string): boolean {
  return institution.status === "active" || notYet(institution.status_from, day);
}

/**
 * Whether `institution` might issue such a certificate, dated `day` and signed on `signedOn`.
 *
 * Who is suspended signs nothing, whatever date it would bear. What was issued on paper under a
 * grant that has ended since may be signed.
 */
export function mayIssue(
  institution: Institution,
  scope: Scope,
  day: string,
  signedOn: string,
): boolean {
  return (
    actsOn(institution, day) &&
    actsOn(institution, signedOn) &&
    institution.grants.some(
      (grant) =>
        covers(grant, scope) &&
        coversDay(grant, day) &&
        (grant.state !== "suspended" || notYet(grant.state_from, signedOn)),
    )
  );
}
