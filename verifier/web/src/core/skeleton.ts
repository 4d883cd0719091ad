/**
 * A credential in the QR code: its skeleton and what varies in it (schemas/README.md §3.3).
 *
 * Everything that differs between two certificates of one type is taken out of the JSON, and a marker,
 * a control byte that JSON never has, stays in its place. What was taken out travels as raw binaries
 * (digests, salts) and as a stream of decimal digits (times, dates, texts), in the order of the
 * markers.
 */

import * as base64url from "./base64url";
import { characters, utf8 } from "./bytes";
import type { Dictionary } from "./dictionary";
import { read, type Stream } from "./digit-text";
import { MalformedError } from "./errors";
import { MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD } from "./limits";
import { baseUri } from "./origin";
import { digest } from "./sd-jwt";

const BASE = "\x01"; // https://{origin}/
const HEAD = "\x02"; // from the first brace into vct; stream: institution, a text, and iat, ten digits
const STATUS = "\x03"; // from the end of vct to that of status; stream: list (unless the year of iat), idx
const TEXT = "\x04"; // stream: a text
const DATE = "\x05"; // YYYY-MM-DD; stream: days from the date or iat before it, or since 1970
const BYTES_32 = "\x06"; // base64url of 32 raw bytes
const BYTES_16 = "\x07"; // base64url of 16 raw bytes
const DIGEST = "\x08"; // digest of an included disclosure; one raw byte: which
const END = "\x09"; // a disclosure ends here; the payload is what follows the last

/** Bytes of its raw binary. */
const RAW: Readonly<Record<string, number>> = { [BYTES_32]: 32, [BYTES_16]: 16, [DIGEST]: 1 };
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are the markers
const CONTROL = /([\x00-\x1f])/;
const MAX_INSTITUTION = 32; // characters of an id; STATUS repeats it
const DAY = 86_400; // seconds
const NEAREST = -60; // days from the one before: the two digits 00
const LAST_DAY = 99_999; // since 1970: five digits

/** A skeleton, cut at its markers: for each disclosure and the payload, every other piece is one. */
export type Template = readonly (readonly string[])[];

/** Cut a skeleton; it may not have other control characters than markers. */
export function templateOf(skeleton: string): Template {
  const texts = skeleton.split(END).map((text) => text.split(CONTROL));
  if (texts.length > MAX_DISCLOSURES + 1) throw new MalformedError("QR: too many disclosures");
  if (!markers(texts).every((marker) => marker >= BASE && marker < END)) {
    throw new MalformedError("QR: an unknown marker");
  }
  return texts;
}

const isMarker = (_: string, at: number): boolean => at % 2 === 1;

const markers = (template: Template): readonly string[] =>
  template.flatMap((pieces) => pieces.filter(isMarker));

/** Bytes of the raw binaries that a skeleton needs. */
export const rawLength = (template: Template): number =>
  markers(template).reduce((sum, marker) => sum + (RAW[marker] ?? 0), 0);

/**
 * The JSON of each disclosure, then of the payload; nothing of it is parsed.
 *
 * `raw` has exactly the `rawLength` bytes; BASE stands for `origin`; the stream must end with the
 * last marker.
 */
export async function fill(
  template: Template,
  raw: Uint8Array,
  stream: Stream,
  { entries }: Dictionary,
  origin: string,
): Promise<readonly Uint8Array[]> {
  const base = baseUri(origin);
  const texts: Uint8Array[] = [];
  let institution: string | null = null;
  let year = "";
  let rawAt = 0;
  let day = 0;

  const head = (): string => {
    institution = read(stream, entries);
    if (characters(institution) > MAX_INSTITUTION) {
      throw new MalformedError("QR: an institution id that is too long");
    }
    const iat = stream.take(10);
    day = Math.floor(Number(iat) / DAY);
    year = iso(day).slice(0, 4);
    return `{"iss":"${base}i/${institution}","iat":${iat},"vct":"${base}vct/`;
  };
  const status = (): string => {
    const list = stream.flag() ? read(stream, entries) : year;
    const length = Number(stream.take(1));
    if (length < 1 || length > 8 || institution === null) {
      throw new MalformedError("QR: a status without index, or without institution");
    }
    const uri = `${base}t/status/${institution}/${list}`;
    return `","status":{"status_list":{"idx":${stream.take(length)},"uri":"${uri}"}}`;
  };
  const date = (): string => {
    day = stream.flag() ? Number(stream.take(5)) : day + Number(stream.take(2)) + NEAREST;
    if (day < 0 || day > LAST_DAY) throw new MalformedError("QR: a date before 1970 or after 2243");
    return iso(day);
  };
  const binary = async (marker: string): Promise<string> => {
    const bytes = raw.subarray(rawAt, rawAt + (RAW[marker] ?? 0));
    rawAt += bytes.length;
    if (marker !== DIGEST) return base64url.encode(bytes);
    const shown = texts[bytes[0] ?? 0];
    if (shown === undefined) throw new MalformedError("QR: a digest of no disclosure");
    return digest(shown);
  };

  for (const pieces of template) {
    let text = "";
    for (const [at, piece] of pieces.entries()) {
      if (!isMarker(piece, at)) text += piece;
      else if (piece === TEXT) text += read(stream, entries);
      else if (piece === DATE) text += date();
      else if (piece === HEAD) text += head();
      else if (piece === STATUS) text += status();
      else if (piece === BASE) text += base;
      else text += await binary(piece);
    }
    texts.push(utf8(text));
    const max = texts.length === template.length ? MAX_PAYLOAD : MAX_DISCLOSURE;
    if ((texts[texts.length - 1]?.length ?? 0) > max) {
      throw new MalformedError("QR: the payload or a disclosure is too long");
    }
  }
  if (!stream.ended()) throw new MalformedError("QR: digits are left");
  return texts;
}

/** The date of a day since 1970. */
const iso = (day: number): string => new Date(day * DAY * 1000).toISOString().slice(0, 10);
