import { readdirSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { concat, fromHex, hex, utf8 } from "../src/core/bytes";
import { DICTIONARIES } from "../src/core/dictionary";
import { MalformedError } from "../src/core/errors";
import { MAX_PAYLOAD, MAX_QR_DIGITS, MAX_QR_TEXT } from "../src/core/limits";
import { isOrigin, splitIssuer } from "../src/core/origin";
import { readText, unpackToken } from "../src/core/qr";
import { claims, text } from "../src/core/sd-jwt";
import { vectors } from "./vectors";

const ORIGIN = "zs.example.cn";
const { skeletons = [], preset = new Uint8Array() } = DICTIONARIES.get(1) ?? {};

// The certificate of schemas/README.md §3.6, byte by byte
const PACKED = fromHex(
  "013f90facafea9b155661d686a20d4bf4fa8b9aff3da90f39acf53fd9aed0f8085d9971ef4980b70db08" +
    "372d743661fb946bf7b0bcdae7acb9257aa99bb1dc4a969b4930c82c5bc025e44dc4c624" +
    "149f8e6f21897cf7c6dc847fb3370fe11b4259be5a258b11ef1c6e65d1db94f1" +
    "d04d21740753f882a62f7513131e70ea6a73c47a750b8d15947b5eb24429200e",
);
const PAYLOAD =
  '{"iss":"https://zs.example.cn/i/demo-pingjia","iat":1718697600,' +
  '"vct":"https://zs.example.cn/vct/technical_level/1","status":{"status_list":{"idx":122,' +
  '"uri":"https://zs.example.cn/t/status/demo-pingjia/2024"}},' +
  '"certificate_number":"PJ2024000123","holder_name":"王䶮","id_type":"居民身份证",' +
  '"id_number_tail":"0012","issue_date":"2024-06-17","occupation":"智能制造工程技术人员",' +
  '"direction":"数字孪生建模","level":"中级","demo":true,' +
  '"_sd":["HWhqINS_T6i5r_PakPOaz1P9mu0PgIXZlx70mAtw2wg"]}';

const toDigits = (data: Uint8Array): string => BigInt(`0x${hex(data)}`).toString();
const DIGITS = toDigits(PACKED);

test("the example of the formats' page", async () => {
  const token = await unpackToken(DIGITS, ORIGIN);
  expect(new TextDecoder().decode(token.payload)).toBe(PAYLOAD);
  expect(token.kid).toBe("kPrK_qmxVWY");
  expect(token.signature).toEqual(PACKED.subarray(-64));
  expect(token.disclosures).toEqual([]);
});

test("the origin is not carried", async () => {
  const moved = await unpackToken(DIGITS, "evil.example.com");
  expect(new TextDecoder().decode(moved.payload)).toBe(
    PAYLOAD.replaceAll(ORIGIN, "evil.example.com"),
  );
});

interface Vector {
  readonly text: string;
  readonly digits: string | null;
  readonly packed: string | null;
  readonly sd_jwt: string | null;
  readonly claims: { readonly iss: string } | null;
}
const FILES = readdirSync(new URL("../../../tests/vectors/verify/", import.meta.url));
const VECTORS = FILES.flatMap((file) => vectors<Vector>(`verify/${file.replace(".json", "")}`));

/** The SD-JWT, or null where the digits are not a packed credential. */
async function unpacked(digits: string, origin: string): Promise<string | null> {
  try {
    return text(await unpackToken(digits, origin));
  } catch {
    return null;
  }
}

test.each(VECTORS.filter(({ digits }) => digits))("$name", async (vector) => {
  const digits = vector.digits ?? "";
  const address = vector.text.replace(/^https:\/\//, "");
  const [host = "", behind] = address.split("/#");
  const bare = vector.text === digits;
  const scanned = bare || behind === digits;
  const own = vector.claims ? splitIssuer(vector.claims.iss)[0] : "localhost";
  const found = await unpacked(digits, scanned && !bare ? host : own);
  expect(found).toBe(scanned ? vector.sd_jwt : vector.text);
  expect(digits).toBe(toDigits(fromHex(vector.packed ?? "")));
  if (found && vector.claims) {
    expect(claims(await unpackToken(digits, scanned && !bare ? host : own))).toEqual(vector.claims);
  }
});

// The text of a code

test.each([ORIGIN, "localhost:8000", `${"a".repeat(63)}:65535`])("an address: %s", (origin) => {
  expect(isOrigin(origin)).toBe(true);
  expect(readText(`https://${origin}/#${DIGITS}`)).toEqual({ origin, digits: DIGITS });
});

test("digits alone", () => expect(readText(DIGITS)).toEqual({ origin: null, digits: DIGITS }));

const ADDRESS = `https://${ORIGIN}/#`;
const others = (zero: number): string =>
  DIGITS.replace(/[0-9]/g, (digit) => String.fromCharCode(zero + Number(digit)));
const FOREIGN = {
  nothing: "",
  "a web page": "https://zs.example.cn/",
  "no digits": ADDRESS,
  "another scheme": `http://${ORIGIN}/#${DIGITS}`,
  "a scheme in capitals": `HTTPS://${ORIGIN}/#${DIGITS}`,
  "a host in capitals": `https://ZS.example.cn/#${DIGITS}`,
  "a user name": `https://zs@example.cn/#${DIGITS}`,
  "a path": `https://${ORIGIN}/v/#${DIGITS}`,
  "a query": `https://${ORIGIN}/?q#${DIGITS}`,
  "no host": `https:///#${DIGITS}`,
  "a host that is too long": `https://${"a".repeat(64)}/#${DIGITS}`,
  "a zero in front": `${ADDRESS}0${DIGITS}`,
  "full-width digits": ADDRESS + others(0xff10),
  "Arabic digits": ADDRESS + others(0x660),
  "an underscore": `${ADDRESS}1_${DIGITS}`,
  "a space behind": `${ADDRESS}${DIGITS} `,
  "a space in front": ` ${ADDRESS}${DIGITS}`,
  "a line feed behind": `${ADDRESS}${DIGITS}\n`,
  "a plus sign": `+${DIGITS}`,
  hexadecimal: `0x${hex(PACKED)}`,
  "two codes": (ADDRESS + DIGITS).repeat(2),
  "a product's bar code": "6901234567892",
  "a health card": `shc:/${DIGITS}`,
  "digits too few": ADDRESS + "9".repeat(175),
  "digits too many": ADDRESS + "9".repeat(MAX_QR_DIGITS + 1),
  "a text that is too long": "9".repeat(MAX_QR_TEXT + 1),
};

test.each(Object.entries(FOREIGN))("foreign: %s", (_, foreign) => {
  expect(() => readText(foreign)).toThrow(expect.objectContaining({ code: "foreign_code" }));
});

// Attacks on the digits and on the bytes

/** The example's digits with one part replaced. */
const packed = ({
  version = 1,
  spelled = PACKED.subarray(1, 2) as Uint8Array,
  raw = PACKED.subarray(10, 42) as Uint8Array,
  stream = PACKED.subarray(42, -64) as Uint8Array,
}): string =>
  toDigits(
    concat(
      new Uint8Array([version]),
      spelled,
      PACKED.subarray(2, 10),
      raw,
      stream,
      PACKED.subarray(-64),
    ),
  );

/** A skeleton spelled out. */
function deflated(skeleton: Uint8Array, { length = 0, behind = 0 } = {}): Uint8Array {
  const data = concat(deflateRawSync(skeleton, { dictionary: preset }), new Uint8Array(behind));
  const said = data.length + length;
  return concat(new Uint8Array([0x80 + (said >> 8), said & 255]), data);
}
const spelled = (skeleton: string) => deflated(utf8(skeleton));
const bytes = (...values: readonly number[]) => new Uint8Array(values);
const stream = (digits: string) => fromHex(BigInt(`1${digits}`).toString(16));
const NONE = new Uint8Array();
const alone = (skeleton: string, digits: string, raw = NONE) =>
  packed({ spelled: spelled(skeleton), raw, stream: digits ? stream(digits) : NONE });

const HEAD = "07191718697600";
const STREAM =
  "0719171869760031229072649202400012390007890019886300125906606448646783434289166554" + "0644";
const PART = deflated(utf8("abc".repeat(50)));

const ATTACKS: Readonly<Record<string, string>> = {
  nothing: "",
  "a zero in front": `0${DIGITS}`,
  "full-width digits": others(0xff10),
  "Arabic digits": others(0x660),
  "an underscore": `${DIGITS.slice(0, 9)}_${DIGITS.slice(9)}`,
  spaces: ` ${DIGITS} `,
  "a line feed": `${DIGITS}\n`,
  "a sign": `+${DIGITS}`,
  "too few": "1".repeat(175),
  "too many": "1".repeat(MAX_QR_DIGITS + 1),
  "nothing but a signature": toDigits(concat(bytes(1), new Uint8Array(73))),
  "an unknown skeleton": packed({ spelled: bytes(127) }),
  "a skeleton without dictionary": packed({ version: 255 }),
  "a length past the end": packed({ spelled: concat(bytes(255, 255), PART.subarray(2)) }),
  "a length too short": packed({ spelled: deflated(utf8("abc".repeat(50)), { length: -3 }) }),
  "a length of nothing": packed({ spelled: bytes(128, 0) }),
  "a deflate part cut short": packed({
    spelled: concat(bytes(128, PART.length - 3), PART.subarray(2, -1)),
  }),
  "a byte behind the deflate part": packed({ spelled: deflated(utf8("abc"), { behind: 1 }) }),
  "not deflate": packed({ spelled: bytes(128, 4, 255, 255, 255, 255) }),
  "another dictionary": packed({ version: 255, spelled: spelled(skeletons[63] ?? "") }),
  "a bomb": packed({ spelled: spelled("a".repeat(1_000_000)) }),
  "one byte more than fits": alone("a".repeat(MAX_PAYLOAD + 1), ""),
  "a bomb of markers": packed({ spelled: spelled("\x01".repeat(MAX_PAYLOAD)) }),
  "not UTF-8": packed({ spelled: deflated(bytes(255)), raw: NONE, stream: NONE }),
  "marker 0": alone("\x00", ""),
  "marker 10": alone("\x0a", ""),
  "marker 31": alone("\x1f", ""),
  "too many disclosures": alone(`${"1\x09".repeat(17)}{}`, ""),
  "a disclosure too long": alone(`${"1".repeat(1025)}\x09{}`, ""),
  "raw binaries cut short": packed({ raw: NONE, stream: NONE }),
  "one raw byte too few": packed({ raw: PACKED.subarray(10, 41) }),
  "one raw byte too many": packed({ raw: concat(PACKED.subarray(10, 42), bytes(0)) }),
  "no such disclosure": alone('["\x08"]', "", bytes(0)),
  "a disclosure that has not ended": alone('["\x08"]\x09{}', "", bytes(0)),
  "no stream": packed({ stream: NONE }),
  "a stream that starts with 2": packed({ spelled: spelled("{}"), raw: NONE, stream: bytes(2) }),
  "a stream of nothing": packed({ spelled: spelled("{}"), raw: NONE, stream: bytes(1) }),
  "a zero byte before the stream": packed({
    spelled: spelled('"\x04"'),
    raw: NONE,
    stream: concat(bytes(0), stream("30012")),
  }),
  "a stream for nothing": alone("{}", "1"),
  "a digit too few": packed({ stream: stream(STREAM.slice(0, -1)) }),
  "a digit too many": packed({ stream: stream(`${STREAM}0`) }),
  "a form that is none": alone('"\x04"', `43${"1".repeat(60)}`),
  "half a surrogate pair": alone('"\x04"', "890055296"),
  "a pair in two texts": alone('"\x04\x04"', "890055357890056832"),
  "a text that never ends": alone('"\x04"', "90000".repeat(100)),
  "a day before 1970": alone('"\x05"', "00"),
  "a day after 2243": alone('"\x05\x05"', "99999961"),
  "a status without head": alone("\x03", "15"),
  "a list without head": alone("\x03", "93202415"),
  "a status with no index": alone("\x02\x03", `${HEAD}0`),
  "a status with nine digits": alone("\x02\x03", `${HEAD}9320249${"9".repeat(9)}`),
  "a head cut short": alone("\x02", HEAD.slice(0, -1)),
  "an institution too long": alone("\x02", `961${"1".repeat(22)}61${"1".repeat(22)}1718697600`),
};

test.each(Object.entries(ATTACKS))("malformed: %s", async (_, digits) => {
  await expect(unpackToken(digits, ORIGIN)).rejects.toThrow(MalformedError);
});

/** Their neighbours, so that each attack is refused for what it is called. */
const GOOD: Readonly<Record<string, readonly [string, string]>> = {
  "the example": [packed({}), PAYLOAD],
  "its stream, digit by digit": [packed({ stream: stream(STREAM) }), PAYLOAD],
  "its skeleton spelled out": [packed({ spelled: spelled(skeletons[63] ?? "") }), PAYLOAD],
  "as many bytes as fit": [alone("a".repeat(MAX_PAYLOAD), ""), "a".repeat(MAX_PAYLOAD)],
  "a byte-order mark": [alone("\ufeff{}", ""), "\ufeff{}"],
  "a base": [alone("\x01", ""), "https://zs.example.cn/"],
  "a text": [alone('"\x04"', "30012"), '"0012"'],
  "the first day": [alone('"\x05"', "60"), '"1970-01-01"'],
  "the last day": [alone('"\x05\x05"', "99999960"), '"2243-10-162243-10-16"'],
  "another list": [
    alone("\x02\x03", `${HEAD}9320233122`),
    '{"iss":"https://zs.example.cn/i/demo-pingjia","iat":1718697600,"vct":"https://zs.example.cn/vct/' +
      '","status":{"status_list":{"idx":122,"uri":"https://zs.example.cn/t/status/demo-pingjia/2023"}}',
  ],
  "a digest": [alone("[1]\x09\x08", "", bytes(0)), "sfutNkGxUMS14_M7NkN-IHhLu8rMwOSjj8Px0dFRqZU"],
  "16 bytes": [alone("\x07", "", new Uint8Array(16)), "A".repeat(22)],
};

test.each(Object.entries(GOOD))("unpacked: %s", async (_, [digits, payload]) => {
  const token = await unpackToken(digits, ORIGIN);
  expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(token.payload)).toBe(payload);
});

test.each([2, 3, 127, 128, 254])("version %i is later, not forged", async (version) => {
  await expect(unpackToken(packed({ version }), ORIGIN)).rejects.toMatchObject({
    code: "unsupported_version",
  });
});
