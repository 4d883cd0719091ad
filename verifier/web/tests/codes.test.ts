import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { strip } from "../plugins/codes";
import { hint, LANGUAGES, mark, outcomeOf, sentence, word } from "../src/core/codes";
import { MalformedError, TrustError, VerificationError } from "../src/core/errors";

const ALL = JSON.parse(
  readFileSync(new URL("../../../schemas/codes.json", import.meta.url), "utf8"),
);

test("blanks are filled", () => {
  const details = { replaced_by: "PJ2025000002" };
  expect(sentence("verification", "replaced", "en", details)).toBe(
    "the certificate was replaced by PJ2025000002",
  );
  expect(sentence("verification", "replaced", "zh-CN", details)).toBe(
    "证书已换发：请查看新证书 PJ2025000002",
  );
  expect(sentence("trust", "snapshot_rollback", "en", { was: 3, now: 2 })).toMatch(/: 3 → 2$/);
});

test("a blank that nothing fills leaves no colon behind", () => {
  expect(sentence("verification", "malformed", "en")).not.toMatch(/[ :{}]$/);
  expect(sentence("verification", "malformed", "zh-CN")).toBe("内容不完整或格式有误");
});

test("several things in one blank are listed", () => {
  const details = { host: ["a", "b"] };
  expect(sentence("warnings", "foreign_host", "en", details)).toContain("a, b");
  expect(sentence("warnings", "foreign_host", "zh-CN", details)).toContain("a、b");
});

test("a Chinese sentence has no English detail", () => {
  const error = new MalformedError("QR: cut short");
  expect(error.message).toBe("the content is incomplete or not in the format: QR: cut short");
  expect(error.said("zh-CN")).toBe("内容不完整或格式有误");
  expect(new TrustError("file_hash", { detail: "名单 2025" }).said("zh-CN")).toMatch(/名单 2025$/);
});

test("an error has its code, its details and its hint", () => {
  const error = new VerificationError("revoked");
  expect([error.section, error.code, error.details]).toEqual(["verification", "revoked", {}]);
  expect(error.hint("en")).toBe("ask the issuing institution for the reason");
  expect(hint("verification", "ok", "en")).toBe("");
});

test("a code without words is its own", () => {
  expect(sentence("trust", "no_such_code", "en")).toBe("no_such_code");
});

test("outcomes and steps", () => {
  for (const language of LANGUAGES) {
    for (const [code, entry] of Object.entries<{ outcome: string }>(ALL.verification)) {
      expect(outcomeOf(code)).toBe(entry.outcome);
      expect(word("outcomes", outcomeOf(code), language)).toBe(
        ALL.outcomes[entry.outcome][language],
      );
      expect(mark(outcomeOf(code))).toBe(ALL.outcomes[entry.outcome].mark);
    }
  }
  expect(word("steps", "signature", "zh-CN")).toBe("数字签名");
});

test("no words are shipped that the page never says", () => {
  const stripped = strip(ALL, ['throw new TrustError("root_gap", {})', "'file_hash' root_expired"]);
  expect(Object.keys(stripped)).toEqual(["outcomes", "steps", "verification", "warnings", "trust"]);
  expect(Object.keys(stripped.trust ?? {})).toEqual(["root_gap"]);
  expect(Object.keys(stripped.verification ?? {})).toEqual(Object.keys(ALL.verification));
});

test("no hint names a command", () => {
  const stripped = strip(ALL, [JSON.stringify(ALL)]);
  expect(Object.keys(stripped.trust ?? {})).toEqual(Object.keys(ALL.trust));
  expect(JSON.stringify(stripped)).not.toMatch(/zhengyin|ZHENGYIN|--/);
  expect(stripped.verification?.clock_behind?.hint).toEqual({
    "zh-CN": "请校准本机时间",
    en: "set this device's clock",
  });
  expect(stripped.verification?.no_registry?.hint).toBeUndefined();
});
