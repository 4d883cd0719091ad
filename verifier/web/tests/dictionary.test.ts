import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import text from "../../../schemas/dictionary/v1.bin?raw";
import { utf8 } from "../src/core/bytes";
import { DICTIONARIES, V1_SHA256 } from "../src/core/dictionary";

const FILE = readFileSync(new URL("../../../schemas/dictionary/v1.bin", import.meta.url));

test("it is the file that was released, byte for byte", () => {
  expect(createHash("sha256").update(FILE).digest("hex")).toBe(V1_SHA256);
  expect(Buffer.from(utf8(text)).equals(FILE)).toBe(true);
});

test("it has entries and skeletons for three digits and one byte", () => {
  const { entries = [], skeletons = [], preset } = DICTIONARIES.get(1) ?? {};
  expect(new Set(entries).size).toBe(entries.length);
  expect(entries.length).toBeGreaterThan(700);
  expect(entries.length).toBeLessThanOrEqual(800);
  expect(skeletons.length).toBeGreaterThan(60);
  expect(skeletons.length).toBeLessThanOrEqual(128);
  expect(entries[719]).toBe("demo-pingjia"); // schemas/README.md §3.6
  expect(FILE.subarray(-(preset?.length ?? 0)).equals(preset ?? FILE)).toBe(true);
});

test("the other has none", () => {
  expect([...DICTIONARIES.keys()]).toEqual([1, 255]);
  expect(DICTIONARIES.get(255)).toEqual({ entries: [], skeletons: [], preset: new Uint8Array() });
});
