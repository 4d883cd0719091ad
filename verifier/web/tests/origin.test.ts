import fc from "fast-check";
import { expect, test } from "vitest";
import { MalformedError } from "../src/core/errors";
import { baseUri, isOrigin, splitIssuer, splitStatus, splitType } from "../src/core/origin";

const A63 = "a".repeat(63);
const ORIGINS = [
  "zs.example.cn",
  "zheng.example.org:8443",
  "localhost",
  "127.0.0.1:8000",
  "a",
  "a-b.c--d.example",
  "xn--fiq228c.example",
  A63,
  `${A63}:65535`,
  "zs.example.cn:1",
];

const NOT_ORIGINS = {
  empty: "",
  "with a scheme": "https://zs.example.cn",
  "with a path": "zs.example.cn/i",
  "with a query": "zs.example.cn?a",
  "with a fragment": "zs.example.cn#",
  "with a user": "user@zs.example.cn",
  "capital letters": "ZS.example.cn",
  Chinese: "证书.example",
  "a letter that folds to ASCII": "\u212a.example",
  "full-width dot": "zs。example",
  "an underscore": "zs_1.example.cn",
  "a space": "zs .example.cn",
  "a newline at the end": "zs.example.cn\n",
  NUL: "zs.example.cn\0",
  "a dot in front": ".example.cn",
  "a dot at the end": "example.cn.",
  "two dots": "zs..example.cn",
  "a hyphen in front": "-zs.example.cn",
  "a hyphen at the end of a label": "zs-.example.cn",
  "64 characters": `${A63}a`,
  "64 characters and a port": `${A63}a:1`,
  "a port of nothing": "zs.example.cn:",
  "port 0": "zs.example.cn:0",
  "a port with a leading zero": "zs.example.cn:080",
  "port 65536": "zs.example.cn:65536",
  "port 99999": "zs.example.cn:99999",
  "a port of six digits": "zs.example.cn:123456",
  "a port of another script": "zs.example.cn:٨٠",
  "two ports": "zs.example.cn:1:2",
  "only a port": ":80",
  IPv6: "[::1]:80",
  "a percent": "zs%2eexample.cn",
  "a backslash": "zs.example.cn\\@evil.example",
};

test.each(ORIGINS)("%s is an origin", (origin) => {
  expect(isOrigin(origin)).toBe(true);
  expect(splitIssuer(`${baseUri(origin)}i/bj-0001`)).toEqual([origin, "bj-0001"]);
  expect(splitType(`${baseUri(origin)}vct/ce_training/12`)).toEqual([origin, "ce_training", 12]);
  expect(splitStatus(`${baseUri(origin)}t/status/bj-0001/2024-2`)).toEqual([
    origin,
    "bj-0001",
    "2024-2",
  ]);
});

test.each(Object.entries(NOT_ORIGINS))("no origin: %s", (_, origin) => {
  expect(isOrigin(origin)).toBe(false);
  expect(() => splitIssuer(`https://${origin}/i/demo-pingjia`)).toThrow(MalformedError);
});

const HERE = "https://zs.example.cn";
const REFUSED = [
  [splitIssuer, "http://zs.example.cn/i/bj-0001"],
  [splitIssuer, "HTTPS://zs.example.cn/i/bj-0001"],
  [splitIssuer, "https:///i/bj-0001"],
  [splitIssuer, `${HERE}/i/bj-0001/`],
  [splitIssuer, `${HERE}/i/bj-0001?x`],
  [splitIssuer, `${HERE}/i/bj-0001#x`],
  [splitIssuer, `${HERE}/i/bj-0001\n`],
  [splitIssuer, `${HERE}/x/i/bj-0001`],
  [splitIssuer, `${HERE}/i/..`],
  [splitIssuer, `${HERE}/i/BJ-0001`],
  [splitIssuer, `${HERE}/i/b`],
  [splitIssuer, `${HERE}/i/1bj`],
  [splitIssuer, `${HERE}/i/${"b".repeat(33)}`],
  [splitIssuer, `${HERE}/i/bj%2d0001`],
  [splitIssuer, `${HERE}/i/`],
  [splitIssuer, `${HERE}/vct/ce_training/1`],
  [splitIssuer, "https://a@169.254.169.254/i/bj-0001"],
  [splitType, `${HERE}/vct/ce_training`],
  [splitType, `${HERE}/vct/ce_training/0`],
  [splitType, `${HERE}/vct/ce_training/01`],
  [splitType, `${HERE}/vct/ce_training/10000`],
  [splitType, `${HERE}/vct/ce_training/١`],
  [splitType, `${HERE}/vct/CE_training/1`],
  [splitType, `${HERE}/vct/ce-training/1`],
  [splitStatus, `${HERE}/t/status/bj-0001`],
  [splitStatus, `${HERE}/t/status/bj-0001/999`],
  [splitStatus, `${HERE}/t/status/bj-0001/20240`],
  [splitStatus, `${HERE}/t/status/bj-0001/2024-1000`],
  [splitStatus, `${HERE}/t/status/bj-0001/2024\n`],
  [splitStatus, `${HERE}/t/status/../2024`],
  [splitStatus, "http://127.0.0.1/t/status/bj-0001/2024"],
] as const;

test.each(REFUSED)("%o refuses %s", (split, uri) => {
  expect(() => split(uri)).toThrow(MalformedError);
});

test("any text is split, or malformed", () => {
  const unit = fc.constantFrom(..."https:/.ivct019a-_?#@\n");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      for (const split of [splitIssuer, splitType, splitStatus]) {
        try {
          split(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
          continue;
        }
        expect(text.startsWith("https://")).toBe(true);
      }
    }),
  );
});
