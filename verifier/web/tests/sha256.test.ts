import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { hex, utf8 } from "../src/core/bytes";
import { sha256, sha256Now, sha256Text } from "../src/core/sha256";

afterEach(() => vi.unstubAllGlobals());

test("FIPS 180-4: abc", async () => {
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(hex(sha256Now(utf8("abc")))).toBe(expected);
  expect(await sha256Text(utf8("abc"))).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
});

test("any bytes hash as WebCrypto has it, by either way", async () => {
  const lengths = fc.oneof(fc.nat(200), fc.constantFrom(4095, 4096, 4097, 9000));
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat(255), async (length, seed) => {
      const data = Uint8Array.from({ length }, (_, at) => (at * at + seed * at + seed) % 256);
      const expected = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
      expect(hex(sha256Now(data))).toBe(expected);
      expect(hex(await sha256(data))).toBe(expected);
    }),
  );
});

test("a view hashes as its bytes", async () => {
  const data = Uint8Array.from({ length: 10_000 }, (_, at) => at % 251);
  expect(await sha256(data.subarray(1000, 7000))).toEqual(sha256Now(data.slice(1000, 7000)));
});

test.each([undefined, {}])("without WebCrypto large inputs hash too", async (crypto) => {
  const data = new Uint8Array(5000).fill(7);
  const expected = await sha256(data);
  vi.stubGlobal("crypto", crypto);
  expect(await sha256(data)).toEqual(expected);
});
