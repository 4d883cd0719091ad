import { expect, test } from "vitest";
import { credentialOf, listKey } from "../src/core/credential";
import { MalformedError } from "../src/core/errors";
import { MAX_LIST_ENTRIES, MAX_TIME } from "../src/core/limits";
import type { Json, JsonObject } from "../src/core/strict-json";

const URI = "https://zs.example.cn/t/status/demo-pingjia/2025";
const CLAIMS: JsonObject = {
  iss: "https://zs.example.cn/i/demo-pingjia",
  iat: 1747706400,
  vct: "https://zs.example.cn/vct/technical_level/1",
  status: { status_list: { idx: 17, uri: URI } },
  certificate_number: "PJ2025000017",
  holder_name: "张测试",
  issue_date: "2025-05-20",
  occupation: "智能制造工程技术人员",
  direction: "智能装备与产线应用",
  level: "初级",
};

test("a credential is read", () => {
  const credential = credentialOf(CLAIMS);
  expect(credential).toEqual({
    origin: "zs.example.cn",
    institutionId: "demo-pingjia",
    type: "technical_level",
    typeVersion: 1,
    iat: 1747706400,
    exp: null,
    listId: "2025",
    idx: 17,
    certificateNumber: "PJ2025000017",
    holderName: "张测试",
    issueDate: "2025-05-20",
    occupation: "智能制造工程技术人员",
    direction: "智能装备与产线应用",
    level: "初级",
    demo: false,
    claims: CLAIMS,
  });
  expect(listKey(credential)).toBe("demo-pingjia/2025");
});

const status = (entry: JsonObject): JsonObject => ({
  status: { status_list: { idx: 17, uri: URI, ...entry } },
});

const READ: readonly JsonObject[] = [
  { demo: true },
  { exp: MAX_TIME },
  { iat: 0 },
  status({ idx: 0 }),
  status({ idx: MAX_LIST_ENTRIES - 1 }),
  status({ uri: `${URI}-2` }),
  { holder_name: "长".repeat(200) },
  { holder_name: "\u{20000}".repeat(200) }, // characters, not UTF-16 units
  { issue_date: "2024-02-29" },
  { photo_digest: "A".repeat(43) },
  { nbfx: 0, cnf2: {} },
];

test.each(READ)("read: %j", (change) => {
  const changed = { ...CLAIMS, ...change };
  expect(credentialOf(changed).claims).toEqual(changed);
});

test("what not every type has may be absent", () => {
  const { occupation, direction, level, ...few } = CLAIMS;
  const read = credentialOf(few);
  expect([read.occupation, read.direction, read.level]).toEqual([null, null, null]);
});

const REFUSED: readonly (readonly [string, readonly Json[]])[] = [
  ["iss", ["https://evil.example/i/demo-pingjia", "https://zs.example.cn/i/demo-xueyuan", 1, null]],
  ["vct", ["https://evil.example/vct/technical_level/1", "technical_level", null]],
  ["iat", ["1747706400", true, -1, MAX_TIME + 1, Number.MAX_SAFE_INTEGER, null, []]],
  ["exp", ["1900000000", null, MAX_TIME + 1, false]],
  ["nbf", [0, null, 1747706400]],
  ["cnf", [{}, null]],
  ["status", [null, 0, [], {}, { status_list: URI }, { status_list: {} }, { status_list: [] }]],
  ["holder_name", ["", null, 1, "长".repeat(201), "\u{20000}".repeat(201)]],
  ["certificate_number", ["", 2025000017]],
  ["issue_date", [20250520, "20250520", "2025-02-29", "0000-01-01", "2025-05-20\n", null]],
  ["occupation", [null, "", 1]],
  ["direction", [["智能装备与产线应用"]]],
  ["level", [1]],
  ["demo", [false, null, 1, "true", {}]],
];

const CHANGES = REFUSED.flatMap(([name, values]) => values.map((value) => ({ [name]: value })));
const ENTRIES: readonly JsonObject[] = [
  { idx: -1 },
  { idx: MAX_LIST_ENTRIES },
  { idx: "17" },
  { idx: true },
  { idx: null },
  { uri: null },
  { uri: `${URI}?time=1` },
  { uri: "https://evil.example/t/status/demo-pingjia/2025" },
  { uri: "https://zs.example.cn/t/status/demo-xueyuan/2025" },
];

test.each([...CHANGES, ...ENTRIES.map(status)])("refused: %j", (change) => {
  expect(() => credentialOf({ ...CLAIMS, ...change })).toThrow(MalformedError);
});

const NEEDED = "iss iat vct status certificate_number holder_name issue_date".split(" ");

test.each(NEEDED)("%s may not be missing", (name) => {
  const few = Object.fromEntries(Object.entries(CLAIMS).filter(([key]) => key !== name));
  expect(() => credentialOf(few)).toThrow(name);
});
