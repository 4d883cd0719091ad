/**
 * What the trust documents have in common: canonical JSON, read member by member (schemas/README.md §4).
 *
 * A reader gives a value back as the document's type has it, or refuses it. Unknown members are
 * ignored, so that documents can grow; members keep the names they have in JSON.
 */

import { characters } from "./bytes";
import { MalformedError, TrustError } from "./errors";
import { MAX_LIST_ENTRIES, MAX_REGISTRY, MAX_SAFE_INTEGER, MAX_TIME } from "./limits";
import { isArray, isObject, type Json, loadsObject } from "./strict-json";

/** Reads the member `name`; `undefined` where it is absent. */
export type Reader<T> = (value: Json | undefined, name: string) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

function refuse(name: string): never {
  throw new MalformedError(`${name}: not of its form`);
}

export function integer(least: number, most: number): Reader<number> {
  return (value, name) =>
    typeof value === "number" && value >= least && value <= most ? value : refuse(name);
}

export function pattern(form: RegExp): Reader<string> {
  return (value, name) => (typeof value === "string" && form.test(value) ? value : refuse(name));
}

export function oneOf<const T extends string | number>(...allowed: readonly T[]): Reader<T> {
  return (value, name) => allowed.find((one) => one === value) ?? refuse(name);
}

export function array<T>(reader: Reader<T>, least = 0, most = Infinity): Reader<readonly T[]> {
  return (value, name) =>
    isArray(value) && value.length >= least && value.length <= most
      ? value.map((entry) => reader(entry, name))
      : refuse(name);
}

/** Absent or null: null. */
export function optional<T>(reader: Reader<T>): Reader<T | null> {
  return (value, name) => (value === undefined || value === null ? null : reader(value, name));
}

/** Absent: `otherwise`. */
export function withDefault<T>(otherwise: T, reader: Reader<T>): Reader<T> {
  return (value, name) => (value === undefined ? otherwise : reader(value, name));
}

export function object<M extends Readonly<Record<string, Reader<unknown>>>>(
  members: M,
): Reader<{ readonly [N in keyof M]: Read<M[N]> }> {
  const readers = Object.entries(members);
  return (value, name) => {
    if (!isObject(value)) {
      return refuse(name);
    }
    const read: Record<string, unknown> = {};
    for (const [member, reader] of readers) {
      read[member] = reader(value[member], member);
    }
    return read as { [N in keyof M]: Read<M[N]> }; // each member by its own reader
  };
}

/**
 * The document that is called `title` for people.
 *
 * Throws TrustError `document_malformed`: not canonical, or not of this document's form.
 */
export function read<T>(title: string, reader: Reader<T>, data: Uint8Array): T {
  return orMalformed(title, () => reader(loadsObject(data), title));
}

/** What `work` gives; what it finds malformed is refused as a part of the document `title`. */
export function orMalformed<T>(title: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MalformedError) {
      throw malformed(`${title}: ${error.details.detail}`);
    }
    throw error;
  }
}

export function malformed(detail: string): TrustError {
  return new TrustError("document_malformed", { detail });
}

const MAX_TEXT = 200; // characters, as code points

export const text: Reader<string> = (value, name) =>
  typeof value === "string" && value && (value.length <= MAX_TEXT || characters(value) <= MAX_TEXT)
    ? value
    : refuse(name);
export const environment = oneOf("prod", "demo");
/** Seconds since 1970. */
export const time = integer(0, MAX_TIME);
export const version = integer(1, MAX_SAFE_INTEGER);
export const count = integer(0, MAX_LIST_ENTRIES);
/** SHA-256 as base64url. */
export const hash = pattern(/^[\w-]{43}$/);
export const kid = pattern(/^[\w-]{11}$/);
/** YYYY-MM-DD: compares as text in the order of time. */
export const date = pattern(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);

/** A file by what it must be. */
export const pinnedMembers = { sha256: hash, len: integer(0, MAX_REGISTRY) };
export const pinned = object(pinnedMembers);
export type Pinned = Read<typeof pinned>;

/** A public Ed25519 key as JWK (RFC 8037 §2); x is 32 bytes, base64url. */
export const publicKey = object({
  kty: withDefault("OKP", oneOf("OKP")),
  crv: withDefault("Ed25519", oneOf("Ed25519")),
  x: hash,
});
export type PublicKey = Read<typeof publicKey>;

export const formatVersion = withDefault(1, oneOf(1));
