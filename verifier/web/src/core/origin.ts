/**
 * The addresses under one deployment origin (schemas/README.md §1).
 *
 * An origin is a lower-case host with an optional port, `zs.example.cn`, and stands for
 * `https://zs.example.cn/`. Every URI of a credential hangs under it.
 */

import { MalformedError } from "./errors";

const MAX_PORT = 65_535; // RFC 9293 §3.1: 16 bits

export const INSTITUTION_ID = /^[a-z][a-z0-9-]{1,31}$/;
export const LIST_ID = /^[0-9]{4}(?:-[0-9]{1,3})?$/; // the year of signing
export const TYPE_NAME = /^[a-z][a-z0-9_]{1,31}$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const ORIGIN = new RegExp(`^(?=[^:]{1,63}(?::|$))${LABEL}(?:\\.${LABEL})*(?::([1-9][0-9]{0,4}))?$`);
const ISSUER = /^https:\/\/([^/]+)\/i\/([a-z][a-z0-9-]{1,31})$/;
const TYPE = /^https:\/\/([^/]+)\/vct\/([a-z][a-z0-9_]{1,31})\/([1-9][0-9]{0,3})$/;
const STATUS = /^https:\/\/([^/]+)\/t\/status\/([a-z][a-z0-9-]{1,31})\/([0-9]{4}(?:-[0-9]{1,3})?)$/;

/** Whether `text` can be an origin: a host of at most 63 characters, in lower case; a port. */
export function isOrigin(text: string): boolean {
  const found = ORIGIN.exec(text);
  return found !== null && Number(found[1] ?? 0) <= MAX_PORT;
}

/** `https://{origin}/`: the text that a packed credential carries by reference. */
export const baseUri = (origin: string): string => `https://${origin}/`;

function split(pattern: RegExp, uri: string, claim: string): readonly [string, string, string] {
  const [, origin = "", second = "", third = ""] = pattern.exec(uri) ?? [];
  if (!isOrigin(origin)) throw new MalformedError(`${claim}: not an address of this system`);
  return [origin, second, third];
}

/** [origin, institution id] of an `iss` claim. */
export function splitIssuer(uri: string): readonly [string, string] {
  const [origin, institutionId] = split(ISSUER, uri, "iss");
  if (!INSTITUTION_ID.test(institutionId)) throw new MalformedError("iss: not an institution id");
  return [origin, institutionId];
}

/** [origin, type name, type version] of a `vct` claim. */
export function splitType(uri: string): readonly [string, string, number] {
  const [origin, name, version] = split(TYPE, uri, "vct");
  if (!TYPE_NAME.test(name)) throw new MalformedError("vct: not a type name");
  return [origin, name, Number(version)];
}

/** [origin, institution id, list id] of a status list address. */
export function splitStatus(uri: string): readonly [string, string, string] {
  const [origin, institutionId, listId] = split(STATUS, uri, "status");
  if (!INSTITUTION_ID.test(institutionId) || !LIST_ID.test(listId)) {
    throw new MalformedError("status: not a status list address");
  }
  return [origin, institutionId, listId];
}
