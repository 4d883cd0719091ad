import { expect, test } from "vitest";
import { encode } from "../src/core/base64url";
import { hex, utf8 } from "../src/core/bytes";
import { loggedAt, openNumber, slot, slotAt, startsWith } from "../src/core/issued-list";
import { vectors } from "./vectors";

interface Logged {
  readonly signing_input: string;
  readonly slot: string;
  readonly idx: number;
  readonly epochs: readonly (readonly [number, number])[];
  readonly logged_at: number;
}
const LOGGED = vectors<Logged>("layers/issued_list");
const SEALED = vectors<{ signing_input: string; sealed: string; number: string }>(
  "layers/sealed_number",
);

test.each(LOGGED)("$name", async ({ signing_input, slot: expected, idx, epochs, logged_at }) => {
  expect(hex(await slot(utf8(signing_input)))).toBe(expected);
  expect(loggedAt({ data: new Uint8Array(), epochs }, idx)).toBe(logged_at);
});

test.each(SEALED)("sealed: $name", async ({ signing_input, sealed, number }) => {
  expect(await openNumber(sealed, utf8(signing_input))).toBe(number);
});

test("a number that is too long is not opened", async () => {
  expect(await openNumber(encode(new Uint8Array(801)), utf8("a.b"))).toBe("\ufffd");
  expect(await openNumber(encode(new Uint8Array(800)), utf8("a.b"))).not.toBe("\ufffd");
});

test("a slot is ten bytes", () => {
  const list = { data: Uint8Array.from({ length: 25 }, (_, at) => at), epochs: [] };
  expect([...slotAt(list, 1)]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
});

test("no epoch has a slot that is not logged", () => {
  expect(() => loggedAt({ data: new Uint8Array(), epochs: [[1, 5]] }, 1)).toThrow(RangeError);
});

test("epochs only grow", () => {
  const epochs = [
    [1, 10],
    [3, 20],
  ] as const;
  expect(startsWith(epochs, [])).toBe(true);
  expect(startsWith(epochs, epochs.slice(0, 1))).toBe(true);
  expect(startsWith(epochs, epochs)).toBe(true);
  expect(startsWith(epochs.slice(0, 1), epochs)).toBe(false);
  expect(startsWith(epochs, [[1, 11]])).toBe(false);
  expect(startsWith(epochs, [[2, 10]])).toBe(false);
});
