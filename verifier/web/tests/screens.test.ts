/** What people are shown, without a browser: looks, words, masks, the timer, the comparison. */

import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { LANGUAGES, type Language, type Outcome } from "../src/core/codes";
import { TrustError } from "../src/core/errors";
import type { TrustState } from "../src/core/trust-state";
import type { Verdict } from "../src/core/verdict";
import { useLanguage } from "../src/language";
import { PictureError } from "../src/scan/pictures";
import * as countdown from "../src/screens/countdown";
import { compare } from "../src/screens/id-number";
import { inWeChat } from "../src/screens/opened";
import {
  csv,
  type Entry,
  entryOf,
  maskName,
  maskNumber,
  recheck,
} from "../src/screens/session-list";
import { lookOf, pictureTrouble, troubleOf, viewOf } from "../src/screens/view";
import { DEFAULTS, readSettings } from "../src/settings";
import { visible } from "../src/visible";
import { HINTS, WORDS } from "../src/words";

const WARNING = { code: "grant_ended", "zh-CN": "现已到期", en: "has ended since" };
const VERDICT: Verdict = {
  outcome: "valid",
  code: "ok",
  warnings: [],
  checks: [],
  demo: false,
  institution: { id: "bj-0001", name: "示例机构" },
  type: "technical_level",
  certificate_number: "PJ2026000001",
  holder_name: "王小明",
  claims: {
    id_type: "居民身份证",
    id_number_tail: "123X",
    occupation: "职业",
    direction: "—",
    hours: 90,
  },
  issued_at: "2026-01-01T00:00:00Z",
  registry: { version: 3, edition: "2026-10 版", as_of: "2026-10-07T00:00:00Z" },
  status_as_of: "2026-11-21T02:34:00Z",
  message: { "zh-CN": "真实有效", en: "genuine and valid" },
  hint: { "zh-CN": "", en: "" },
  credential_key: null,
  list: null,
  kind: { "zh-CN": "专业技术等级证书", en: "Professional level certificate" },
  fields: [],
};
const OUTCOMES: readonly Outcome[] = [
  "valid",
  "revoked",
  "suspended",
  "expired",
  "invalid",
  "undecided",
  "not_ours",
];

beforeEach(() => useLanguage("zh-CN", []));

describe("words", () => {
  const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

  test.each(Object.entries({ ...WORDS, ...HINTS }))("%s says the same in both", (_, [zh, en]) => {
    expect(blanks(zh)).toEqual(blanks(en));
    expect(zh && en).not.toBe("");
    expect(`${zh}${en}`).not.toMatch(/假证|zhengyin (pin|refresh)|--/);
  });

  test.each<[Language | null, string[], string]>([
    [null, ["zh-TW", "en"], "zh-CN"],
    [null, ["fr", "en-GB", "zh"], "en"],
    [null, ["fr"], "zh-CN"],
    ["en", ["zh-CN"], "en"],
  ])("%s of %j is %s", (chosen, preferred, expected) => {
    useLanguage(chosen, preferred);
    expect(viewOf({ ...VERDICT, warnings: [WARNING] }).headline).toBe(
      expected === "en" ? "Genuine" : "真实",
    );
  });
});

describe("verdict", () => {
  test("is green only when valid, without a warning, and no demonstration", () => {
    const green = [];
    for (const outcome of OUTCOMES)
      for (const demo of [false, true])
        for (const warnings of [[], [WARNING]])
          if (lookOf({ ...VERDICT, outcome, demo, warnings }) === "valid")
            green.push([outcome, demo, warnings.length]);
    expect(green).toEqual([["valid", false, 0]]);
  });

  test.each(LANGUAGES)("says of a demonstration that it is one, in %s", (language) => {
    useLanguage(language, []);
    const said = language === "en" ? "Demonstration only" : "演示证书，不作凭证";
    for (const outcome of OUTCOMES)
      expect(viewOf({ ...VERDICT, outcome, demo: true }).spoken).toContain(said);
    expect(viewOf({ ...VERDICT, demo: true }).headline).toContain(said);
  });

  test("puts what is compared and what it is about in order", () => {
    const view = viewOf(VERDICT);
    expect(view.person).toEqual({
      name: "王小明",
      document: "居民身份证",
      tail: "123X",
      whole: "",
    });
    expect(view.subject).toBe("专业技术等级证书 · 职业 · 90 学时");
    expect(view.asOf).toBe("目录已更新到 2026-10-07，撤销信息截至 2026-11-21 10:34");
    expect(view.spoken).toContain("1 2 3 X");
    expect(view.institution?.label).toBe("发证机构");
  });

  test("shows nobody whose data the core holds back, and calls the institution claimed", () => {
    const hidden = { claims: null, holder_name: null, certificate_number: null, fields: null };
    const view = viewOf({ ...VERDICT, ...hidden, outcome: "invalid", code: "bad_signature" });
    expect(view.person).toBeNull();
    expect(view.number).toBe("");
    expect(view.institution?.label).toBe("所称机构");
  });

  test("speaks to people at a page, not at a command line", () => {
    const hint = { "zh-CN": "运行 zhengyin pin", en: "run zhengyin pin" };
    const view = viewOf({ ...VERDICT, outcome: "undecided", code: "no_registry", hint });
    expect(view.hint).toBe("请联网更新目录，或载入数据包 bundle.zip");
  });

  test("shows every character of a name", () => {
    const view = viewOf({ ...VERDICT, holder_name: "王\u202e小\u0000<b>" });
    expect(view.person?.name).toBe("王‹U+202E›小‹U+0000›<b>");
  });

  test.each([
    [
      new TrustError("snapshot_rollback", { was: 7, now: 5 }),
      "快照比已有的旧：7 → 5。请换一个来源更新",
    ],
    [
      new TrustError("network_unreachable", { url: "t/", detail: "x" }),
      "请检查网络；没有网络时可载入数据包",
    ],
    [new RangeError("broken"), "出错了：RangeError: broken"],
  ])("says why the data stays as it is: %s", (error, said) => {
    expect(troubleOf(error)).toContain(said);
  });

  test.each([
    [new PictureError("no_code"), "图片中没有找到二维码"],
    [new Error("broken"), "出错了"],
  ])("says why a picture gives none: %s", (error, said) => {
    expect(pictureTrouble(error)).toContain(said);
  });
});

describe("visible", () => {
  test.each([
    ["张三", "张三"],
    ["𠮷野家", "𠮷野家"],
    ["a\u200bb", "a‹U+200B›b"],
    ["\ud800", "‹U+D800›"],
    ["\u{e0041}", "‹U+E0041›"],
    ["x\ufe0f", "x‹U+FE0F›"],
  ])("%j is %s", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });
});

describe("comparison of an ID number", () => {
  const printed = { id_number_tail: "123X" };
  const disclosed = { ...printed, id_number: "11010119900307123X" };

  test.each([
    ["11010119900307123x", disclosed, "same"],
    ["１１０１０１ 19900307 123ｘ", disclosed, "same"],
    ["11010119900307124X", disclosed, "different"],
    ["123x", disclosed, "tail_same"],
    ["11010119900307123x", printed, "tail_same"],
    ["123X", printed, "tail_same"],
    ["1234", printed, "tail_different"],
    ["110101199003071234", printed, "tail_different"],
    ["23X", printed, "too_short"],
    ["", printed, null],
    [" - ", printed, null],
    ["123X", {}, null],
    ["123X", null, null],
    ["1", { id_number_tail: 1 }, null],
  ])("%j with %j: %s", (typed, claims, expected) => {
    expect(compare(typed, claims)).toBe(expected);
  });

  test("says 'same' of the very number only", () => {
    const digit = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(
        fc.array(digit, { minLength: 18, maxLength: 18 }),
        fc.nat(17),
        digit,
        (digits, at, other) => {
          fc.pre(digits[at] !== other);
          const shown = { id_number: digits.join(""), id_number_tail: digits.slice(-4).join("") };
          const typed = digits.map((value, index) => (index === at ? other : value)).join("");
          expect(compare(typed, shown)).toBe("different");
          expect(compare(digits.join(""), shown)).toBe("same");
        },
      ),
    );
  });
});

describe("countdown", () => {
  const begun = countdown.start(30, 1000);

  test("is over after its time, and never without one", () => {
    expect(countdown.isOver(countdown.tick(begun, 30_999))).toBe(false);
    expect(countdown.isOver(countdown.tick(begun, 31_000))).toBe(true);
    expect(countdown.isOver(countdown.tick(countdown.start(0, 0), 1e9))).toBe(false);
  });

  test("a long press holds it while it lasts", () => {
    const pressed = countdown.press(countdown.tick(begun, 11_000), 11_000);
    const waited = countdown.tick(pressed, 500_000);
    expect(waited.left).toBe(20_000);
    const released = countdown.release(waited, 500_000);
    expect(countdown.tick(released, 505_000).left).toBe(15_000);
  });

  test("a tap holds it until the next tap", () => {
    const tap = (state: countdown.Countdown, at: number) =>
      countdown.release(countdown.press(state, at), at + 50);
    const kept = tap(begun, 2000);
    expect(kept.held).toBe("kept");
    expect(countdown.tick(kept, 900_000).left).toBe(29_000);
    expect(tap(kept, 900_000).held).toBe("no");
  });

  test("somebody at work gets the whole time again", () => {
    const late = countdown.tick(begun, 29_000);
    expect(countdown.restart(late, 29_000).left).toBe(30_000);
  });

  test("a clock that steps back takes nothing", () => {
    expect(countdown.tick(begun, 0).left).toBe(30_000);
  });
});

describe("session list", () => {
  const entry = (change: Partial<Verdict> = {}): Entry =>
    entryOf({ ...VERDICT, ...change }, 1_790_000_000);

  test.each([
    ["王小明", "王*"],
    ["𠮷野", "𠮷*"],
    ["", ""],
  ])("%s is %s", (name, masked) => {
    expect(maskName(name)).toBe(masked);
  });

  test.each([
    ["PJ2026000001", "********0001"],
    ["1234", "**34"],
    ["1", "*"],
    ["", ""],
  ])("%s is %s", (number, masked) => {
    expect(maskNumber(number)).toBe(masked);
  });

  test("holds nothing that names a person", () => {
    const list = { key: "bj-0001/2026", idx: 0 };
    const text = JSON.stringify(
      entry({ warnings: [WARNING], list, credential_key: "ab".repeat(32) }),
    );
    for (const secret of ["小明", "123X", "PJ2026"]) expect(text).not.toContain(secret);
  });

  test.each(["=1+1", "+1", "-1", "@x", "\tx", '"=1', " =1", "＝1", "＠x", "\u3000＋1"])(
    "a cell %j is no formula",
    (name) => {
      const [, row = ""] = csv([{ ...entry(), name }]).split("\r\n");
      for (const cell of row.split(/,(?=")/)) expect(cell).toMatch(/^"(?!\s*[=+\-@\t\r＝＋－＠])/);
    },
  );

  test("is a file that spreadsheet programs read", () => {
    const text = csv([entry({ demo: true, warnings: [WARNING] })]);
    expect(text.startsWith('\ufeff"时间",')).toBe(true);
    expect(text.split("\r\n")).toHaveLength(3);
    expect(text).toContain('"真实有效 ◇ 演示"');
    expect(text).toContain('"王*","********0001","现已到期"');
  });

  describe("asked again", () => {
    const hash = "0123456789abcdef01234567".padEnd(64, "0");
    const open = entry({
      outcome: "undecided",
      list: { key: "bj-0001/2026", idx: 1 },
      credential_key: hash,
    });
    const trust = (change: object): TrustState => {
      const published = { institution: "bj-0001", list: "2026" };
      const data = Uint8Array.from(Buffer.from(`${"00".repeat(10)}${hash.slice(0, 20)}`, "hex"));
      const list = {
        published,
        issued: { data, epochs: [] },
        status: { count: 2, data: new Uint8Array([0]) },
        statusIsOld: false,
        ...change,
      };
      return {
        snapshot: { iat: 1_790_000_000 },
        lists: new Map([["bj-0001/2026", list]]),
      } as unknown as TrustState;
    };

    test.each([
      ["valid", {}],
      ["invalid", { status: { count: 2, data: new Uint8Array([4]) } }],
      ["suspended", { status: { count: 2, data: new Uint8Array([8]) } }],
      ["not_yet", { status: null }],
      ["not_yet", { issued: null }],
      ["not_yet", { status: { count: 1, data: new Uint8Array([0]) } }],
      ["not_yet", { issued: { data: new Uint8Array(10), epochs: [] } }],
      ["absent", { issued: { data: new Uint8Array(20), epochs: [] } }],
      ["not_yet", { statusIsOld: true }],
      ["invalid", { statusIsOld: true, status: { count: 2, data: new Uint8Array([4]) } }],
    ])("is %s with %j", (state, change) => {
      expect(recheck(open, trust(change)).later?.state).toBe(state);
    });

    test("is waiting before, and a plain verdict is never asked again", () => {
      expect(open.later?.state).toBe("waiting");
      const plain = entry({ list: { key: "bj-0001/2026", idx: 1 }, credential_key: hash });
      expect(recheck(plain, trust({}))).toBe(plain);
    });
  });
});

describe("settings", () => {
  test.each([
    [null, {}],
    ["{", {}],
    ["[1]", {}],
    ["null", {}],
    ['{"textSize":1000,"sound":"yes","camera":7}', {}],
    ['{"textSize":150,"sound":true,"other":1}', { textSize: 150, sound: true }],
    ['{"__proto__":{"sound":true}}', {}],
    ['{"language":"en","autoClear":0,"camera":"a"}', { language: "en", autoClear: 0, camera: "a" }],
  ])("%s", (text, changes) => {
    expect(readSettings(text)).toEqual({ ...DEFAULTS, ...changes });
  });
});

test.each([
  ["Mozilla/5.0 (Linux; Android 14) Chrome/130 MicroMessenger/8.0.56", true],
  ["Mozilla/5.0 (Linux; Android 14) Chrome/130", false],
])("%s is WeChat: %s", (agent, expected) => {
  expect(inWeChat(agent)).toBe(expected);
});
