import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex } from "../src/core/bytes";
import { TrustError } from "../src/core/errors";
import { MAX_LIST_ENTRIES } from "../src/core/limits";
import {
  at,
  fromCompressed,
  mergedWithRevoked,
  type StatusList,
  withReinstated,
} from "../src/core/status-list";
import { vectors } from "./vectors";

const DIGITS = { valid: "0", invalid: "1", suspended: "2" };

/** One digit for each slot. */
const entries = (list: StatusList): string =>
  Array.from({ length: list.count }, (_, idx) => DIGITS[at(list, idx)]).join("");

/** A list of these digits; 3 is the value without a meaning. */
function listOf(digits: string): StatusList {
  const data = new Uint8Array(Math.ceil(digits.length / 4));
  [...digits].forEach((digit, idx) => {
    data[idx >> 2] = (data[idx >> 2] ?? 0) | (Number(digit) << (2 * (idx % 4)));
  });
  return { count: digits.length, data };
}

const PUBLISHED = vectors<{ count: number; zlib: string; entries: string | null }>(
  "layers/status_list",
);

test.each(PUBLISHED)("$name", ({ count, zlib, entries: expected }) => {
  const read = () => entries(fromCompressed(count, fromHex(zlib)));
  if (expected === null) expect(read).toThrow(TrustError);
  else expect(read()).toBe(expected);
});

const MERGED = vectors<{ earlier: string; later: string; merged: string }>(
  "layers/status_list_merged",
);

test.each(MERGED)("merged: $name", ({ earlier, later, merged }) => {
  expect(entries(mergedWithRevoked(listOf(later), listOf(earlier)))).toBe(merged);
});

const LISTS = fc.string({ unit: fc.constantFrom(..."0123"), maxLength: 40 });

test("revoked stays revoked, all else is as it is now", () => {
  fc.assert(
    fc.property(LISTS, LISTS, (later, earlier) => {
      const expected = [...later].map((now, idx) =>
        "13".includes(earlier[idx] ?? "0") || now === "3" ? "1" : now,
      );
      expect(entries(mergedWithRevoked(listOf(later), listOf(earlier)))).toBe(expected.join(""));
    }),
  );
});

test("a slot that is reinstated is valid, no other changes", () => {
  fc.assert(
    fc.property(LISTS.filter(Boolean), fc.nat(), (digits, place) => {
      const idx = place % digits.length;
      const before = entries(listOf(digits));
      const expected = `${before.slice(0, idx)}0${before.slice(idx + 1)}`;
      expect(entries(withReinstated(listOf(digits), idx))).toBe(expected);
    }),
  );
});

test("there is no slot outside the list", () => {
  for (const idx of [-1, 5, 8, 1e9]) expect(() => at(listOf("00000"), idx)).toThrow(RangeError);
});

test("no list is longer than the longest", () => {
  for (const count of [-1, MAX_LIST_ENTRIES + 1]) {
    expect(() => fromCompressed(count, new Uint8Array())).toThrow("count");
  }
});
