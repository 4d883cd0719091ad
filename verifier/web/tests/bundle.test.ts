/** bundle.zip on the phone: whatever a file holds, its documents or a TrustError, and bounded memory. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TrustError } from "../src/core/errors";
import { SNAPSHOT } from "../src/core/published";
import { readBundle } from "../src/trust/bundle";
import { MAX_TOTAL } from "../src/trust/source";
import { layout, PROD, zip } from "./phone";

const TREE = await layout(PROD);
const STORED = zip(TREE);
const DEFLATED = zip(TREE, true);

async function refusal(data: Uint8Array): Promise<string | null> {
  try {
    await readBundle(data);
    return null;
  } catch (error) {
    if (error instanceof TrustError) return error.code;
    throw error;
  }
}

function patched(data: Uint8Array, find: string, offset: number, bytes: readonly number[]) {
  const copy = data.slice();
  copy.set(bytes, Buffer.from(copy).indexOf(Buffer.from(find, "latin1")) + offset);
  return copy;
}

test.each([
  ["stored", STORED],
  ["deflated", DEFLATED],
  ["with a comment at its end", withComment(STORED)],
  ["as a part of a larger buffer", new Uint8Array([9, ...STORED, 9]).subarray(1, -1)],
])("a bundle %s gives what was published", async (_, data) => {
  expect(await readBundle(data)).toEqual(PROD);
});

function withComment(data: Uint8Array): Uint8Array {
  const comment = "carried by hand";
  const longer = new Uint8Array([...data, ...Buffer.from(comment)]);
  longer[data.length - 2] = comment.length;
  return longer;
}

describe("refused", () => {
  const large = new Map([...TREE, [SNAPSHOT, new Uint8Array(1024 * 1024 + 1)]]);
  const without = (name: string) => new Map([...TREE].filter(([path]) => path !== name));
  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "file_unreadable"],
    ["another file", new Uint8Array(1000), "file_unreadable"],
    ["cut short", STORED.subarray(0, -1), "file_unreadable"],
    ["its beginning cut off", STORED.subarray(1), "file_unreadable"],
    ["no root", zip(without("root/1.json")), "trust_folder_incomplete"],
    ["no snapshot", zip(without(SNAPSHOT)), "trust_folder_incomplete"],
    ["a snapshot too large", zip(large), "file_too_large"],
    ["a snapshot too large, packed small", zip(large, true), "file_too_large"],
    ["an encrypted entry", patched(STORED, "PK\x01\x02", 8, [1]), "file_unreadable"],
    ["a compression we have not", patched(DEFLATED, "PK\x01\x02", 10, [12]), "file_unreadable"],
    [
      "a length that is not the entry's",
      patched(DEFLATED, "PK\x01\x02", 24, [1, 0, 0, 0]),
      "file_unreadable",
    ],
    ["a directory that is none", patched(STORED, "PK\x01\x02", 0, [0]), "file_unreadable"],
    [
      "an entry outside the file",
      patched(STORED, "PK\x01\x02", 42, [255, 255, 255, 127]),
      "file_unreadable",
    ],
    ["one name twice", twice(), "file_unreadable"],
  ])("%s", async (_, data, code) => {
    expect(await refusal(data)).toBe(code);
  });
});

/** Two entries of which the second takes the name of the first. */
function twice(): Uint8Array {
  const data = zip(
    new Map([
      ["a", new Uint8Array()],
      ["b", new Uint8Array()],
    ]),
  );
  const second = Buffer.from(data).lastIndexOf("b");
  return data.map((byte, at) => (at === second ? 97 : byte));
}

test("a list that is not there is merely absent", async () => {
  const name = [...TREE.keys()].find((path) => path.startsWith("status/")) ?? "";
  const documents = await readBundle(zip(new Map([...TREE].filter(([path]) => path !== name))));
  expect(documents.status.size).toBe(PROD.status.size - 1);
});

test("any change gives documents or a TrustError", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(STORED, DEFLATED),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat()),
      async (data, changes, length) => {
        const copy = data.slice(0, length === null ? undefined : length % data.length);
        for (const [at, byte] of changes) {
          // Half of them where a reader takes its directions: in the central directory.
          const back = at % 2 ? at % 4096 : at % data.length;
          if (back < copy.length) copy[copy.length - 1 - back] = byte;
        }
        await refusal(copy);
      },
    ),
    { numRuns: 500 },
  );
}, 60_000);

test("a small file that unpacks to more than a phone holds is given up before it does", async () => {
  // The same deflated zeros under the name of each issued list, each announced as 100 MB.
  const zeros = new Uint8Array(MAX_TOTAL / 2);
  const issued = [...TREE.keys()].filter((path) => path.startsWith("issued/"));
  const bomb = zip(
    new Map([...TREE, ...issued.slice(0, 3).map((path) => [path, zeros] as const)]),
    true,
  );
  expect(bomb.length).toBeLessThan(MAX_TOTAL / 256);
  expect(await refusal(bomb)).toBe("file_too_large");
}, 60_000);
