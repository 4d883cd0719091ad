/** Every verification vector gives exactly the verdict it names, by WebCrypto and by the library. */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hex } from "../src/core/bytes";
import { useFallback } from "../src/core/ed25519";
import { readPresentation } from "../src/core/presentation";
import { sha256 } from "../src/core/sha256";
import { dumps } from "../src/core/strict-json";
import { type TrustState, update } from "../src/core/trust";
import { check, fieldsOf, type Verdict } from "../src/core/verdict";
import { verify } from "../src/core/verify";
import { filesOf, readSet, readTree, seconds } from "./trees";
import { vectors } from "./vectors";

vi.setConfig({ testTimeout: 120_000 }); // the library is slow, more so on a busy machine

interface Presented {
  readonly name: string;
  readonly text: string;
  readonly trust: string | null;
  readonly at: string;
  readonly expect: { readonly outcome: string; readonly code: string };
}

// Codes whose sentence has a number, a date or a key in it that both languages must find alike.
const NAMES_SOMETHING = new Set([
  "replaced",
  "expired",
  "registry_expired",
  "issued_after_snapshot",
  "issuer_unknown",
]);

async function expected(verdict: Verdict) {
  return {
    outcome: verdict.outcome,
    code: verdict.code,
    warnings: verdict.warnings.map(({ code }) => code),
    checks: verdict.checks.map(({ state }) => state[0]).join(""),
    demo: verdict.demo,
    institution: verdict.institution?.name ?? null,
    message: NAMES_SOMETHING.has(verdict.code) ? verdict.message["zh-CN"] : null,
    claims_sha256: verdict.claims && hex(await sha256(dumps(verdict.claims))),
  };
}

const states = new Map<string | null, TrustState | null>([[null, null]]);

beforeAll(async () => {
  for (const name of ["prod", "old_root", "demo"]) {
    states.set(name, await update(null, readTree(name), readSet(name)));
  }
});

describe.each([
  ["WebCrypto", false],
  ["the library", true],
])("by %s", (_, fallback) => {
  beforeAll(() => useFallback(fallback));
  afterAll(() => useFallback(false));

  describe.each(filesOf("verify"))("%s", (file) => {
    test.each(vectors<Presented>(file))("$name", async (vector) => {
      const trust = states.get(vector.trust) ?? null;
      const verdict = await check(vector.text, { trust, now: seconds(vector.at) });
      expect(await expected(verdict)).toEqual(vector.expect);
    });
  });
});

// What a verdict has beyond Python's.

const NOW = seconds("2025-06-02T08:00:00Z");
const of = (file: string, code: string): Presented => {
  const found = vectors<Presented>(`verify/${file}`).find(({ expect }) => expect.code === code);
  if (!found) throw new Error(`${file} has no ${code}`);
  return found;
};
const verdictOf = ({ text, trust }: Presented, presented = text) =>
  check(presented, { trust: states.get(trust) ?? null, now: NOW });

test("fields stand in the order of the type, under its labels", async () => {
  const verdict = await verdictOf(of("qr_text", "ok"));
  expect(verdict.kind).toEqual({
    "zh-CN": "专业技术等级证书",
    en: expect.stringMatching(/level/i),
  });
  expect(verdict.fields?.map(({ name }) => name)).toEqual([
    "certificate_number",
    "holder_name",
    "id_type",
    "id_number_tail",
    "issue_date",
    "occupation",
    "direction",
    "level",
  ]);
  expect(verdict.fields?.[1]).toEqual({
    name: "holder_name",
    label: { "zh-CN": "姓名", en: "name" },
    value: verdict.holder_name,
  });
});

test("members of a claim stand as fields of their own, what the type does not know last", () => {
  const display = [{ locale: "en", label: "year" }];
  const about = {
    display: [],
    claims: [
      { path: ["award_basis", "year"], display },
      { path: ["level"], display: [] },
    ],
  };
  const claims = {
    iss: "https://zs.example.cn/i/ab",
    status: { status_list: { idx: 1, uri: "" } },
    note: true,
    level: "高级",
    award_basis: { rank: "1", year: 2024 },
    none: null,
  };
  const shown = fieldsOf(claims, about).map(({ name, label, value }) => [name, label.en, value]);
  expect(shown).toEqual([
    ["award_basis.year", "year", "2024"],
    ["level", "level", "高级"],
    ["note", "note", "true"],
    ["award_basis.rank", "award_basis.rank", "1"],
    ["none", "none", "null"],
  ]);
});

test.each([
  ["not loaded", undefined],
  ["of another form", { display: [], claims: "?" }],
])("where the metadata are %s, a claim goes by its name", async (_, metadata) => {
  const presented = of("qr_text", "ok");
  const known = states.get(presented.trust);
  if (!known) throw new Error("no trust");
  const types = new Map([...known.types].map(([name]) => [name, metadata ?? {}]));
  const trust = { ...known, types: metadata ? types : new Map() };
  const verdict = await check(presented.text, { trust, now: NOW });
  expect(verdict.kind).toBe(null);
  expect(verdict.code).toBe("ok");
  expect(verdict.fields).toContainEqual({
    name: "holder_name",
    label: { "zh-CN": "holder_name", en: "holder_name" },
    value: verdict.holder_name,
  });
});

test("one credential has one key, however it is presented; another has another", async () => {
  const presented = of("qr_text", "ok");
  const digits = presented.text.replace(/^.*#/, "");
  const first = await verdictOf(presented, digits);
  const second = await verdictOf(presented, `https://zs.example.cn/#${digits}`);
  const third = await verdictOf(presented, `https://other.example.cn/#${digits}`);
  expect(first.credential_key).toMatch(/^[0-9a-f]{64}$/);
  expect(second.credential_key).toBe(first.credential_key);
  expect(third.credential_key).toBe(first.credential_key);
  expect(third.warnings.map(({ code }) => code)).toEqual(["foreign_host"]);
  const other = await verdictOf(of("status", "revoked"));
  expect(other.credential_key).not.toBe(first.credential_key);
});

test("a verdict names the slot to look at again", async () => {
  const { list, claims } = await verdictOf(of("status", "revoked"));
  expect(list?.key).toMatch(/^[a-z0-9-]+\/\d{4}$/);
  expect(claims?.status).toEqual({
    status_list: { idx: list?.idx, uri: `https://zs.example.cn/t/status/${list?.key}` },
  });
});

test.each([
  ["signature", "bad_signature"],
  ["foreign", "foreign_code"],
  ["issuer", "issuer_unknown"],
])("%s: before the signature holds nothing of it is said", async (file, code) => {
  expect(await verdictOf(of(file, code))).toMatchObject({
    code,
    claims: null,
    credential_key: null,
    fields: null,
    holder_name: null,
    kind: null,
    list: null,
    type: null,
  });
});

test("what is invalid shows nobody", async () => {
  const verdict = await verdictOf(of("grant", "out_of_scope"));
  expect(verdict).toMatchObject({ claims: null, fields: null, holder_name: null });
  expect(verdict.credential_key).not.toBe(null);
});

test("verify stops a caller, and gives what holds", async () => {
  const presented = of("qr_text", "ok");
  const trust = states.get(presented.trust) ?? null;
  const verified = await verify(readPresentation(presented.text), { trust, now: NOW });
  expect(verified).toMatchObject({ checkedAt: NOW, warnings: [] });
  expect(verified.institutionName).toBe((await verdictOf(presented)).institution?.name);
  const refused = verify(readPresentation(presented.text), { trust: null, now: NOW });
  await expect(refused).rejects.toMatchObject({ code: "no_registry" });
});

test("any text has a verdict", async () => {
  const { text } = of("qr_text", "ok");
  const trust = states.get("prod") ?? null;
  const near = fc
    .tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 2 }))
    .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), near), async (presented) => {
      const verdict = await check(presented, { trust, now: NOW });
      expect(verdict.outcome === "valid").toBe(verdict.code === "ok");
      expect(verdict.code === "ok" ? presented : "").toMatch(/^$|^(https:\/\/[^#]*#)?\d+$/);
    }),
  );
});
