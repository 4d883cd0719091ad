import { expect, test } from "vitest";
import { DICTIONARIES } from "../src/core/dictionary";
import { read, streamOf } from "../src/core/digit-text";
import { MalformedError } from "../src/core/errors";

const ENTRIES = DICTIONARIES.get(1)?.entries ?? [];
const code = (entry: string): string => String(ENTRIES.indexOf(entry)).padStart(3, "0");

const TABLE = [
  ["中级", `0${code("中级")}`],
  ["王晓明", `2${code("王")}${code("晓")}${code("明")}`],
  ["张孪", `1${code("张")}${80_000 + 0x5b6a - 0x4e00}`],
  ["0012", "30012"],
  ["7", "407"],
  ["123", "42123"],
  ["12345", "4412345"],
  ["11002024060400123", "5611002024060400123"],
  ["1".repeat(22), `61${"1".repeat(22)}`],
  ["1".repeat(23), `961${"1".repeat(22)}7517`],
  ["052X", "7816211856"],
  ["bj-0001", `90${code("bj-")}30001`],
  ["A-2024", "976331332024"],
  ["王".repeat(4), `62${code("王").repeat(4)}`],
  ["王".repeat(16), `74${code("王").repeat(16)}`],
  ["a".repeat(14), `88${"65".repeat(14)}`],
  ["\u9c1f", "099999"],
  ["\u4e00", "080000"],
  ["\u{20000}", "890131072"],
  ["\u{10ffff}", "891114111"],
  ["\ud7ff", "890055295"],
  ["\ue000", "890057344"],
  ["é", "890000233"],
] as const;

test.each(TABLE)("%s", (text, digits) => {
  const stream = streamOf(digits);
  expect(read(stream, ENTRIES)).toBe(text);
  expect(stream.ended()).toBe(true);
});

const REFUSED = {
  nothing: "",
  "a 9 alone": "9",
  "the form that 3 has": "431234",
  "two nines": "99000",
  "an entry without number": "0",
  "half a number": "00",
  "a number without entry": "0799",
  "five digits cut short": "08000",
  nines: "9".repeat(50),
  "a code point past the last": "891114112",
  "a code point far past the last": "899999999",
  "half a pair": "890055296",
  "the other half": "890057343",
  "a pair in two segments": "9890055357890056832",
  "a segment that is announced and missing": "90000",
};

test.each(Object.entries(REFUSED))("%s is refused", (_, digits) => {
  expect(() => read(streamOf(digits), ENTRIES)).toThrow(MalformedError);
});
