/** Which files a snapshot names, and what an earlier reading saves. */

import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../src/core/bytes";
import { TrustError } from "../src/core/errors";
import {
  completed,
  holds,
  KINDS,
  registryPath,
  registrySignaturesPath,
  rootPath,
  wanted,
} from "../src/core/published";
import { unverifiedSnapshot } from "../src/core/trust";
import { readTree } from "./trees";

const TREE = readTree("prod");
const SNAPSHOT = unverifiedSnapshot(TREE.snapshot);
const FILES = wanted(TREE.registry, SNAPSHOT);
const EMPTY = { types: new Map(), status: new Map(), issued: new Map(), replaced: new Map() };

test("paths", () => {
  expect([rootPath(3), registryPath(4), registrySignaturesPath(5)]).toEqual([
    "root/3.json",
    "registry/4.json",
    "registry/5.sigs.json",
  ]);
});

test("every file in the tree is wanted under its name, and is what was pinned", async () => {
  const kinds = new Set<string>();
  for (const file of FILES) {
    const data = TREE[file.kind].get(file.key);
    if (data) {
      kinds.add(file.kind);
      expect(await holds(data, file)).toBe(true);
      expect(await holds(data.subarray(1), file)).toBe(false);
      expect(await holds(concat(data, utf8("+")), file)).toBe(true);
    }
    expect(await holds(undefined, file)).toBe(false);
    expect(file.grows).toBe(file.kind === "issued");
  }
  expect([...kinds]).toEqual([...KINDS]);
});

test("what comes without a file keeps the one that was known, if it is still that", async () => {
  const bare = { ...TREE, ...EMPTY };
  expect(await completed(bare, TREE)).toEqual(TREE);
  expect(await completed(bare, bare)).toEqual(bare);
  const wrong = new Map([...TREE.status].map(([key]) => [key, utf8("?")]));
  expect(await completed(bare, { ...TREE, status: wrong })).toEqual({ ...TREE, status: new Map() });
  expect((await completed({ ...TREE, status: wrong }, TREE)).status).toEqual(wrong);
});

describe("a registry whose types cannot be read", () => {
  test.each(["", "{", "[]", "null", '{"types":{}}', '{"types":[{"type":"a"}]}', '{"types":null}'])(
    "%s",
    (text) => {
      expect(() => wanted(utf8(text), SNAPSHOT)).toThrow(TrustError);
    },
  );
});

test("a registry without types wants none", () => {
  expect(wanted(utf8("{}"), { ...SNAPSHOT, lists: [] })).toEqual([]);
});
