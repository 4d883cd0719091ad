import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "../src/core/base64url";
import { fromHex, hex } from "../src/core/bytes";
import { MalformedError } from "../src/core/errors";
import { vectors } from "./vectors";

const VECTORS = vectors<{ text: string; hex: string | null }>("layers/base64url");

test.each(VECTORS)("$name", ({ text, hex: bytes }) => {
  if (bytes === null) {
    expect(() => decode(text)).toThrow(MalformedError);
  } else {
    expect(hex(decode(text))).toBe(bytes);
    expect(encode(fromHex(bytes))).toBe(text);
  }
});

test("any bytes come back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      expect(decode(encode(data))).toEqual(data);
      expect(encode(data)).toBe(Buffer.from(data).toString("base64url"));
    }),
  );
});

test("a large document comes back", () => {
  const data = Uint8Array.from({ length: 1_000_001 }, (_, at) => at * 31);
  expect(Buffer.compare(decode(encode(data)), data)).toBe(0);
});

test("a text is refused, or is the one text of its bytes", () => {
  const characters = fc.constantFrom(..."AQgw-_~.=+/ \n\0éZ9");
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 12 }), (text) => {
      try {
        expect(encode(decode(text))).toBe(text);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
    { numRuns: 2000 },
  );
});
