import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, utf8 } from "../src/core/bytes";
import { MalformedError } from "../src/core/errors";
import { dumps, type Json, loads, loadsObject } from "../src/core/strict-json";
import { vectors } from "./vectors";

const VECTORS = vectors<{ utf8?: string; hex?: string; accept: boolean }>("layers/strict_json");

test.each(VECTORS)("$name", (vector) => {
  const data = vector.utf8 === undefined ? fromHex(vector.hex ?? "") : utf8(vector.utf8);
  if (vector.accept) expect(dumps(loads(data))).toEqual(data);
  else expect(() => loads(data)).toThrow(MalformedError);
});

const NAMES = fc.string({ unit: "binary" }).filter((name) => !/^([0-9]|__proto__$|$)/.test(name));
const { value: JSON_VALUES } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 7, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, -1),
    fc.maxSafeInteger().filter((number) => !Object.is(number, -0)),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(NAMES, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test("what is written is read again", () => {
  fc.assert(
    fc.property(JSON_VALUES, (value) => {
      expect(loads(dumps(value))).toEqual(value);
    }),
  );
});

test("a changed byte is refused, or is another canonical document", () => {
  fc.assert(
    fc.property(JSON_VALUES, fc.nat(), fc.nat(255), (value, place, byte) => {
      const data = dumps(value);
      data[place % data.length] = byte;
      try {
        expect(dumps(loads(data))).toEqual(data);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
    { numRuns: 2000 },
  );
});

const REFUSED = {
  "8 KB of brackets": "[".repeat(4096) + "]".repeat(4096),
  "a million brackets": "[".repeat(1_000_000) + "]".repeat(1_000_000),
  "8 KB of nested members": `${'{"a":'.repeat(1300)}1${"}".repeat(1300)}`,
  "nine levels": `${"[".repeat(9)}${"]".repeat(9)}`,
  "half a pair, escaped": String.raw`"\ud800"`,
  "half a pair in a name": String.raw`{"\udc00":1}`,
  "a pair, escaped": String.raw`"\ud83d\ude00"`,
  "a name twice": '{"a":1,"a":1}',
  "a name that objects put first": '{"a":1,"1":2}',
  "minus zero": "-0",
  "a fraction": "1.5",
  "a fraction that is whole": "1.0",
  "an exponent": "1e5",
  "an exponent as JavaScript writes it": "1e+21",
  "more than is exact": "9007199254740993",
  "one more than is safe": "9007199254740992",
  "a byte-order mark": "\ufeff{}",
};

test.each(Object.entries(REFUSED))("%s is refused", (_, text) => {
  expect(() => loads(utf8(text))).toThrow(MalformedError);
});

test("a backslash in front of u is no escape", () => {
  expect(loads(utf8(String.raw`"\\ud800"`))).toBe(String.raw`\ud800`);
});

test("only an object is an object", () => {
  for (const text of ["[]", "null", '"{}"', "1"]) {
    expect(() => loadsObject(utf8(text))).toThrow(MalformedError);
  }
  expect(loadsObject(utf8('{"constructor":1}'))).toEqual({ constructor: 1 });
});
