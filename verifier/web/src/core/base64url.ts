/**
 * base64url without padding, byte-exact (RFC 4648 §5; RFC 7515 appendix C).
 *
 * One byte string has exactly one text: padding, white space, the other alphabet and a last
 * character with unused bits set are refused.
 */

import { MalformedError } from "./errors";

const CHUNK = 8192; // bytes: engines limit how many arguments a call has

/** The one text of `data`. */
export function encode(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += CHUNK) {
    text += String.fromCharCode(...data.subarray(at, at + CHUNK));
  }
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The bytes of `text`, which must be what `encode` writes. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) {
    throw new MalformedError("base64url: a character outside the alphabet, or padding");
  }
  if (text.length % 4 === 1) throw new MalformedError("base64url: impossible length");
  const found = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const data = Uint8Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
  const rest = text.length % 4;
  if (rest && encode(data.subarray(-(rest - 1))) !== text.slice(-rest)) {
    throw new MalformedError("base64url: unused bits of the last character are set");
  }
  return data;
}
