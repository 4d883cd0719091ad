/** What a picture says of its size, before anything unpacks it. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, utf8 } from "../src/core/bytes";
import { pixelsIn } from "../src/scan/picture-size";

const PNG = "89504e470d0a1a0a0000000d49484452";
const riff = (kind: string, rest: string) =>
  Uint8Array.from([...utf8(`RIFF\0\0\0\0WEBPVP8${kind}`), ...fromHex(`00000000${rest}`)]);

test.each([
  ["PNG", fromHex(`${PNG}00004e2000000064`), 2_000_000],
  ["JPEG, the frame at once", fromHex("ffd8ffc0001108000a0014"), 200],
  [
    "JPEG, behind what the camera wrote",
    fromHex("ffd8ffe10004abcdffc4000400ffffc2001108000a0014"),
    200,
  ],
  ["WebP, extended", riff("X", "00000000630000c70000"), 20_000],
  ["WebP, lossless", riff("L", "2f63c03100"), 20_000],
  ["WebP, lossy", riff(" ", "0000009d012a6400c800"), 20_000],
  ["something else", utf8("%PDF-1.7 and so on, longer than a header"), 0],
  ["nothing", new Uint8Array(), 0],
  ["a PNG that is cut short", fromHex(PNG), 0],
  ["a JPEG that never comes to its frame", fromHex("ffd8ffe10004abcd"), 0],
])("%s", (_, head, pixels) => {
  expect(pixelsIn(head)).toBe(pixels);
});

test("any bytes have an answer", () => {
  const starts = fc.constantFrom("", "ffd8", PNG, "52494646");
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
      expect(pixelsIn(Uint8Array.from([...fromHex(start), ...rest]))).toBeGreaterThanOrEqual(0);
    }),
  );
});
