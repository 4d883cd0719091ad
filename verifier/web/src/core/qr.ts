/**
 * The QR code: a credential as decimal digits behind its origin (schemas/README.md §3).
 *
 * `https://{origin}/#` and one decimal integer, whose big-endian bytes are: version, skeleton, key id,
 * raw binaries, stream, signature. The skeleton is its number in the dictionary, one byte; or, with
 * the top bit set, the length of a deflate part in two bytes, and the deflate part.
 */

import * as base64url from "./base64url";
import { characters, fromHex, fromUtf8, hex } from "./bytes";
import { DICTIONARIES, type Dictionary } from "./dictionary";
import { streamOf } from "./digit-text";
import { MalformedError, VerificationError } from "./errors";
import { inflateRaw } from "./inflate";
import { MAX_PAYLOAD, MAX_QR_DIGITS, MAX_QR_TEXT } from "./limits";
import { isOrigin } from "./origin";
import { type SdJwt, SIGNATURE_LENGTH } from "./sd-jwt";
import { fill, rawLength, type Template, templateOf } from "./skeleton";

const KID_BYTES = 8;
const MIN_PACKED = 1 + 1 + KID_BYTES + SIGNATURE_LENGTH; // bytes: anything shorter has no signature
const MIN_QR_DIGITS = 176; // of MIN_PACKED bytes

const DEFLATED = 0x80; // this bit of two bytes says that the others are the length of a deflate part
const TEXT = /^(?:https:\/\/([^/#]+)\/#)?([1-9][0-9]*)$/;

/** What a QR code of ours says. */
export interface QrText {
  /** The host in front of the digits; null when there were only digits. */
  readonly origin: string | null;
  readonly digits: string;
}

/** Read the text of a QR code: `https://{origin}/#` and digits, or digits alone. */
export function readText(text: string): QrText {
  if (characters(text) > MAX_QR_TEXT) throw foreign(`longer than ${MAX_QR_TEXT} characters`);
  const [, origin = null, digits = ""] = TEXT.exec(text) ?? [];
  if (!digits || (origin !== null && !isOrigin(origin))) {
    throw foreign("neither an address with digits nor a whole certificate file");
  }
  if (digits.length < MIN_QR_DIGITS || digits.length > MAX_QR_DIGITS) {
    throw foreign(`not ${MIN_QR_DIGITS} to ${MAX_QR_DIGITS} digits`);
  }
  return { origin, digits };
}

const foreign = (detail: string): VerificationError =>
  new VerificationError("foreign_code", { detail });

/** The credential of a code's digits; nothing of it is verified, nor its JSON parsed. */
export async function unpackToken(digits: string, origin: string): Promise<SdJwt> {
  if (
    digits.length < MIN_QR_DIGITS ||
    digits.length > MAX_QR_DIGITS ||
    !/^[1-9][0-9]*$/.test(digits)
  ) {
    throw new MalformedError(
      `QR: not ${MIN_QR_DIGITS} to ${MAX_QR_DIGITS} digits, the first not 0`,
    );
  }
  const packed = fromHex(BigInt(digits).toString(16));
  if (packed.length < MIN_PACKED) throw new MalformedError("QR: cut short");
  const [version = 0, first = 0, second = 0] = packed;
  const dictionary = DICTIONARIES.get(version);
  if (dictionary === undefined) throw new VerificationError("unsupported_version");
  const kidAt = first & DEFLATED ? 3 + 256 * (first - DEFLATED) + second : 2;
  const rawAt = kidAt + KID_BYTES;
  const end = packed.length - SIGNATURE_LENGTH;
  if (rawAt > end) throw new MalformedError("QR: cut short");
  const template = templateIn(packed.subarray(1, kidAt), dictionary);
  const streamAt = rawAt + rawLength(template);
  if (streamAt > end) throw new MalformedError("QR: raw binaries cut short");
  const stream = streamOf(streamDigits(packed.subarray(streamAt, end)));
  const texts = await fill(template, packed.subarray(rawAt, streamAt), stream, dictionary, origin);
  return {
    kid: base64url.encode(packed.subarray(kidAt, rawAt)),
    payload: texts[texts.length - 1] ?? new Uint8Array(),
    signature: packed.subarray(end),
    disclosures: texts.slice(0, -1),
  };
}

/** The stream's digits; a 1 in front keeps their leading zeros. */
function streamDigits(data: Uint8Array): string {
  if (!data.length) return "";
  const digits = BigInt(`0x${hex(data)}`).toString();
  if (data[0] === 0 || digits[0] !== "1" || digits.length === 1) {
    throw new MalformedError("QR: the stream is not 1 and digits");
  }
  return digits.slice(1);
}

/** The skeleton: a number of the dictionary, or deflated behind two bytes of length. */
function templateIn(spelled: Uint8Array, { skeletons, preset }: Dictionary): Template {
  const deflated = spelled.subarray(2);
  if (spelled.length === 1) {
    const skeleton = skeletons[spelled[0] ?? 0];
    if (skeleton === undefined) throw new MalformedError("QR: no such skeleton");
    return templateOf(skeleton);
  }
  const { output, used } = inflateRaw(deflated, { dictionary: preset, max: MAX_PAYLOAD });
  if (used !== deflated.length) throw new MalformedError("QR: bytes behind the skeleton");
  return templateOf(fromUtf8(output));
}
