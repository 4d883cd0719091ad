/**
 * Text as decimal digits, in the stream of a QR code (schemas/README.md §3.4).
 *
 * A text is one segment or more; a 9 in front of a segment says that another follows it. A segment
 * opens with its form: 0, 1, 2 are one to three entries; 3 is four digits; 40 to 61 are 1 to 22
 * digits; 62 to 74 are 4 to 16 entries; 75 to 88 are 1 to 14 ASCII characters; 89 is one code point.
 * An entry is three digits below 800, an entry of the dictionary, or five digits from 80000, a
 * character from U+4E00. An ASCII character is two digits, a code point seven.
 */

import { MalformedError } from "./errors";

const SHORT_FORMS = 3; // entries with a form of one digit
const FOUR_DIGITS = 3; // the form of four digits, which therefore have no other
const FORMS = { digits: 39, entries: 58, ascii: 74, point: 89 }; // before the first form of two digits
const OFFSET = 80_000 - 0x4e00; // of an ideograph's five digits
const MAX_POINT = 0x10ffff;

/** The stream's digits, taken from left to right. */
export interface Stream {
  /** The next `count` digits, which must be there. */
  take(count: number): string;
  /** Whether the next digit is a 9, which is then taken. */
  flag(): boolean;
  /** Whether there are no more. */
  ended(): boolean;
}

/** A stream of ASCII digits. */
export function streamOf(digits: string): Stream {
  let at = 0;
  return {
    take(count) {
      at += count;
      if (at > digits.length) throw new MalformedError("QR: digits are missing");
      return digits.slice(at - count, at);
    },
    flag() {
      const found = digits[at] === "9";
      if (found) at++;
      return found;
    },
    ended: () => at === digits.length,
  };
}

/** The text that comes next in the stream. */
export function read(stream: Stream, entries: readonly string[]): string {
  let text = "";
  let more = true;
  while (more) {
    more = stream.flag();
    text += segment(stream, entries);
  }
  return text;
}

function segment(stream: Stream, entries: readonly string[]): string {
  const first = Number(stream.take(1));
  if (first < SHORT_FORMS) return items(first + 1, () => entry(stream, entries));
  if (first === FOUR_DIGITS) return stream.take(4);
  const form = 10 * first + Number(stream.take(1));
  if (form === FORMS.digits + 4 || form > FORMS.point) throw new MalformedError("QR: no such form");
  if (form === FORMS.point) return character(Number(stream.take(7)));
  if (form > FORMS.ascii) {
    return items(form - FORMS.ascii, () => character(Number(stream.take(2)) + 0x20));
  }
  if (form > FORMS.entries + 3) return items(form - FORMS.entries, () => entry(stream, entries));
  return stream.take(form - FORMS.digits);
}

const items = (count: number, item: () => string): string =>
  Array.from({ length: count }, item).join("");

function entry(stream: Stream, entries: readonly string[]): string {
  const number = stream.take(3);
  if (number >= "8") return character(Number(number + stream.take(2)) - OFFSET);
  const found = entries[Number(number)];
  if (found === undefined) throw new MalformedError("QR: no such entry");
  return found;
}

function character(point: number): string {
  if (point > MAX_POINT || (point >= 0xd800 && point < 0xe000)) {
    throw new MalformedError("QR: no such character");
  }
  return String.fromCodePoint(point);
}
