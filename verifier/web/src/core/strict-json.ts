/**
 * JSON in one form only: what we sign is what we write, and what we read is what we would write.
 *
 * Canonical form (schemas/README.md §2): `JSON.stringify` writes it already, but for lone surrogates
 * and for numbers that are no integers. A document that differs from its canonical form by one byte
 * is refused; that covers duplicate names, `1.0`, `\u4e2d`, white space and trailing data, which
 * `JSON.parse` does not see.
 */

import { fromUtf8, utf8 } from "./bytes";
import { MalformedError } from "./errors";
import { MAX_DEPTH } from "./limits";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

const LONE_SURROGATE = /[\ud800-\udfff]/u; // with `u`, a pair is one character and no match
const REFUSED_NAME = /^(?:[0-9]|__proto__$|$)/;

/** The canonical bytes of `value`, which has no lone surrogates; members keep their order. */
export const dumps = (value: Json): Uint8Array<ArrayBuffer> => utf8(JSON.stringify(value));

/** The value of canonical JSON `data`. */
export function loads(data: Uint8Array): Json {
  const text = fromUtf8(data);
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedError("JSON: not JSON");
  }
  check(value, MAX_DEPTH); // first: to write what is nested too deep would exhaust the stack
  if (JSON.stringify(value) !== text) throw new MalformedError("JSON: not in canonical form");
  return value;
}

/** The object that canonical JSON `data` holds. */
export function loadsObject(data: Uint8Array): JsonObject {
  const value = loads(data);
  if (!isObject(value)) throw new MalformedError("JSON: not an object");
  return value;
}

/** Whether `value` has members. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !isArray(value);

/** Whether `value` is a list. */
export const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Refuse a member's name that is empty, `__proto__`, or starts with a digit: objects reorder it. */
export function checkName(name: string): void {
  if (REFUSED_NAME.test(name)) {
    throw new MalformedError("JSON: a name that is empty, __proto__ or starts with a digit");
  }
}

/** Refuse fractions, large integers, deep nesting, lone surrogates and names as above. */
function check(value: Json, depth: number): void {
  if (typeof value === "string") {
    if (LONE_SURROGATE.test(value)) throw new MalformedError("JSON: a lone surrogate");
  } else if (typeof value === "number") {
    if (!Number.isSafeInteger(value))
      throw new MalformedError("JSON: not an integer within ±(2^53 − 1)");
  } else if (typeof value === "object" && value !== null) {
    if (depth === 0) throw new MalformedError(`JSON: nested deeper than ${MAX_DEPTH}`);
    if (!isArray(value)) {
      for (const name of Object.keys(value)) {
        checkName(name);
        check(name, depth);
      }
    }
    for (const member of Object.values(value)) check(member, depth - 1);
  }
}
