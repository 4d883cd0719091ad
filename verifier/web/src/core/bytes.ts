/** Text and bytes: UTF-8 and hexadecimal, one form each. */

import { MalformedError } from "./errors";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 of `text`, which must not have lone surrogates: the encoder would replace them. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => ENCODER.encode(text);

/** The text of UTF-8; a byte-order mark is a character like any other. */
export function fromUtf8(data: Uint8Array): string {
  try {
    return DECODER.decode(data);
  } catch {
    throw new MalformedError("not UTF-8");
  }
}

/** Two digits for each byte, in lower case. */
export function hex(data: Uint8Array): string {
  let text = "";
  for (const byte of data) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of hexadecimal digits; an odd one stands alone in the first byte. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const whole = text.length % 2 ? `0${text}` : text;
  return Uint8Array.from({ length: whole.length / 2 }, (_, at) =>
    Number.parseInt(whole.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Whether both have the same bytes. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

/** All bytes, one part after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Code points of `text`: the formats count these, `length` counts UTF-16 units. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
