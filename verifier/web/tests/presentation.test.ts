import { expect, test } from "vitest";
import { MAX_SD_JWT_TEXT } from "../src/core/limits";
import { readPresentation, tokenOf } from "../src/core/presentation";
import { text } from "../src/core/sd-jwt";
import { vectors } from "./vectors";

interface Scanned {
  readonly text: string;
  readonly digits: string;
  readonly sd_jwt: string | null;
}

const JWT = `${Buffer.from('{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}').toString("base64url")}.e30.${"A".repeat(86)}~`;

test("an SD-JWT is itself under any origin", async () => {
  const presentation = readPresentation(JWT);
  expect([presentation.digits, presentation.origin]).toEqual(["", null]);
  expect(text(await tokenOf(presentation, "zs.example.cn"))).toBe(JWT);
});

const SCANNED = vectors<Scanned>("verify/qr_content").filter(
  (one) => one.text.startsWith("https://") && one.sd_jwt !== null,
);

test.each(SCANNED)("unpacked under the origin that is given: $name", async (vector) => {
  const presentation = readPresentation(vector.text);
  expect(presentation).toMatchObject({ digits: vector.digits, sdJwt: null });
  expect(text(await tokenOf(presentation, presentation.origin ?? ""))).toBe(vector.sd_jwt);
});

const TEXTS = [
  ["", "foreign_code"],
  ["hello", "foreign_code"],
  ["a~", "foreign_code"],
  ["..~", "malformed"],
  ["a.b.c~", "malformed"],
  ["a.b.c", "foreign_code"],
  ["a.b.c.d~", "foreign_code"],
  [` ${JWT}`, "malformed"],
  [`${"a".repeat(MAX_SD_JWT_TEXT - 3)}..~`, "malformed"],
  [`${"a".repeat(MAX_SD_JWT_TEXT - 2)}..~`, "foreign_code"],
  [`${"\u{20000}".repeat(MAX_SD_JWT_TEXT - 3)}..~`, "malformed"], // characters, not UTF-16 units
] as const;

test.each(TEXTS)("%.30s is %s", (presented, code) => {
  expect(() => readPresentation(presented)).toThrow(expect.objectContaining({ code }));
});
