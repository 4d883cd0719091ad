/** The trimmed decoder reads what ours is, and takes a stranger's East Asian text for no other code's. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import encodeQR from "qr";
import { beforeAll, describe, expect, test } from "vitest";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { trimmed } from "../plugins/trim-wasm";

const WASM = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
const { wasm, blanked } = trimmed(readFileSync(WASM));
const PIXELS = 4; // a module

beforeAll(async () => {
  await prepareZXingModule({ overrides: { wasmBinary: wasm }, fireImmediately: true });
});

/** What the trimmed decoder reads in a picture of the modules `rows`. */
async function read(rows: readonly (readonly boolean[])[]): Promise<readonly string[]> {
  const side = rows.length * PIXELS;
  const data = new Uint8ClampedArray(4 * side * side);
  for (let at = 0; at < side * side; at++) {
    const dark = rows[Math.floor(at / side / PIXELS)]?.[Math.floor((at % side) / PIXELS)];
    data.set([dark ? 0 : 255, dark ? 0 : 255, dark ? 0 : 255, 255], 4 * at);
  }
  const image = { data, width: side, height: side, colorSpace: "srgb" } as ImageData;
  return (await readBarcodes(image, { formats: ["QRCode"] })).map(({ text }) => text);
}

test("the tables are found, and nothing but data is touched", () => {
  expect(blanked).toBeGreaterThan(80_000);
  const original = readFileSync(WASM);
  expect(wasm.length).toBe(original.length);
  const changed = wasm.filter((byte, at) => byte !== original[at]);
  expect(changed.every((byte) => byte === 0)).toBe(true);
  expect(changed.length).toBeLessThanOrEqual(blanked);
  expect(WebAssembly.validate(Uint8Array.from(wasm))).toBe(true);
});

describe("still read", () => {
  test.each([
    ["digits", "1234567890".repeat(60)],
    ["a certificate's address", `HTTPS://ZS.EXAMPLE.CN/#${"7".repeat(400)}`],
    ["ASCII", "https://zs.example.cn/#0123 {}[]~|\\^`"],
    ["Chinese in UTF-8", "证印 核验通过，请核对本人身份证件"],
  ])("%s", async (_, text) => {
    expect(await read(encodeQR(text, "raw", { ecc: "medium", border: 4 }))).toEqual([text]);
  });
});

// Whole symbols, a row in hexadecimal: 茗荷 in Kanji mode, the others in byte mode with their ECI.
describe("a stranger's text does the decoder no harm and gives no address", () => {
  test.each([
    [
      "Kanji",
      "1fda7f,104141,174c5d,17585d,17485d,104941,1fd57f,600,5d589,1d9c68,378af,1ba33c,115263,18c0,1fc41e,105587,175bd5,174b2a,175ce5,1049fa,1fc464",
    ],
    [
      "GB 18030",
      "1fdf7f,104441,17525d,17575d,17435d,105a41,1fd57f,1e00,afaed,18ba56,7d84e,1832eb,34eb1,1244,1fdb76,105888,174b74,175ced,174675,105737,1fc02a",
    ],
    [
      "Big5",
      "1fd77f,104d41,17585d,17555d,17495d,105841,1fd57f,1b00,af1ed,1d13fe,2e582,11af4b,a6e25,1c8c,1fde1a,105862,1744f4,175cc5,174271,105723,1fcc2e",
    ],
    [
      "Shift JIS",
      "1fd17f,104241,175f5d,17525d,174d5d,105f41,1fd57f,1a00,af2ed,5bcde,1d65f6,1b1013,1ad209,1f60,1fd58e,1059ee,174691,175cf5,174a65,10531b,1fc432",
    ],
    [
      "EUC-KR",
      "1fcd7f,104a41,175a5d,174c5d,17595d,105e41,1fd57f,300,952b4,e301b,136e09,a3220,1e61db,1a2b,1fc7a2,104249,17509c,1745f1,174524,10531b,1fcefd",
    ],
    [
      "GB 18030 that is guessed",
      "1fda7f,104041,17565d,17545d,174a5d,105341,1fd57f,1500,afded,1abdb8,1fc354,331de,57a57,1916,1fd32b,105a96,1743c6,175e2b,174535,1054c4,1fcf36",
    ],
  ])("%s", async (_, symbol) => {
    const rows = symbol.split(",").map((row) => {
      const bits = Number.parseInt(row, 16).toString(2).padStart(21, "0");
      return [...`0000${bits}0000`].map((bit) => bit === "1");
    });
    const quiet = Array.from({ length: 4 }, () => Array.from({ length: 29 }, () => false));
    const texts = await read([...quiet, ...rows, ...quiet]);
    expect(texts).toHaveLength(1);
    expect(texts[0]).not.toMatch(/[0-9A-Za-z]{8}/);
  });
});
