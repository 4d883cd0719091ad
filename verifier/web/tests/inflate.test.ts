import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import { expect, test, vi } from "vitest";
import { ZhengyinError } from "../src/core/errors";
import { inflateRaw, inflateZlib } from "../src/core/inflate";

vi.setConfig({ testTimeout: 120_000 }); // milliseconds: zlib itself takes its time for so many

const MAX = 20_000; // bytes of output
const NONE = new Uint8Array();
const PRESET = readFileSync(
  new URL("../../../schemas/dictionary/v1.bin", import.meta.url),
).subarray(-13_000);

type Answer = readonly [string, number] | null;

/** The output and the bytes taken, or null where it is refused. */
function ours(data: Uint8Array, dictionary: Uint8Array): Answer {
  try {
    const { output, used } = inflateRaw(data, { dictionary, max: MAX });
    return [Buffer.from(output).toString("hex"), used];
  } catch (error) {
    if (error instanceof ZhengyinError) return null;
    throw error;
  }
}

/** The same of zlib itself. */
function theirs(data: Uint8Array, dictionary: Uint8Array): Answer {
  const options = { maxOutputLength: MAX, info: true, ...(dictionary.length && { dictionary }) };
  try {
    const { buffer, engine } = zlib.inflateRawSync(data, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return [buffer.toString("hex"), engine.bytesWritten];
  } catch {
    return null;
  }
}

/** A generator of the same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Text that compresses, from a small alphabet, with repetitions. */
function plain(next: (below: number) => number): Buffer {
  const words = Array.from({ length: 1 + next(30) }, () =>
    Buffer.from(Array.from({ length: 1 + next(12) }, () => (next(4) ? 97 + next(20) : next(256)))),
  );
  const length = next(next(4) ? 60 : 900);
  return Buffer.concat(Array.from({ length }, () => words[next(words.length)] ?? NONE));
}

const STRATEGIES = [
  zlib.constants.Z_DEFAULT_STRATEGY,
  zlib.constants.Z_FIXED,
  zlib.constants.Z_HUFFMAN_ONLY,
  zlib.constants.Z_RLE,
];

/** A stream of one of zlib's strategies and levels, for one of two dictionaries. */
function stream(next: (below: number) => number): readonly [Buffer, Uint8Array, Buffer] {
  const dictionary = next(2) ? PRESET : NONE;
  const data = plain(next);
  const deflated = zlib.deflateRawSync(data, {
    level: next(10),
    strategy: STRATEGIES[next(STRATEGIES.length)] ?? 0,
    ...(dictionary.length && { dictionary }),
  });
  return [deflated, dictionary, data];
}

test("what zlib has deflated comes out", () => {
  const next = numbers(1);
  for (let run = 0; run < 500; run++) {
    const [deflated, dictionary, data] = stream(next);
    const expected = data.length > MAX ? null : [data.toString("hex"), deflated.length];
    expect(ours(deflated, dictionary)).toEqual(expected);
  }
});

/** One defect: bits flipped, bytes altered, removed, doubled, cut off or put behind. */
function mutate(data: Buffer, next: (below: number) => number): Buffer {
  const changed = Buffer.from(data);
  const at = next(next(2) ? data.length : Math.min(data.length, 60));
  const kind = next(6);
  if (kind < 2) changed.writeUInt8((changed[at] ?? 0) ^ (1 << next(8)), at);
  else if (kind === 2) changed.writeUInt8(next(256), at);
  else if (kind === 3) return Buffer.concat([data.subarray(0, at), data.subarray(at + 1)]);
  else if (kind === 4) return data.subarray(0, at);
  else return Buffer.concat([data, Buffer.from([next(256)])]);
  return next(3) ? changed : mutate(changed, next);
}

test("20,000 streams with a defect: the same are refused, the same bytes come out of the others", () => {
  const next = numbers(2);
  const streams = Array.from({ length: 500 }, () => stream(next));
  let accepted = 0;
  for (let run = 0; run < 20_000; run++) {
    const [deflated = Buffer.alloc(0), dictionary = NONE] = streams[run % streams.length] ?? [];
    const data = mutate(deflated, next);
    const answer = ours(data, dictionary);
    if (JSON.stringify(answer) !== JSON.stringify(theirs(data, dictionary))) {
      expect.unreachable(`${data.toString("hex")} with ${dictionary.length}`);
    }
    if (answer) accepted++;
  }
  expect(accepted).toBeGreaterThan(3000);
  expect(accepted).toBeLessThan(17_000);
});

test("10,000 runs of bytes: the same are refused", () => {
  const next = numbers(4);
  for (let run = 0; run < 10_000; run++) {
    const data = Buffer.from(Array.from({ length: 1 + next(80) }, () => next(256)));
    data.writeUInt8(((data[0] ?? 0) & 0xf8) | (next(2) ? 3 : 5), 0); // fixed or dynamic, the last
    expect(ours(data, PRESET), data.toString("hex")).toEqual(theirs(data, PRESET));
  }
});

/** The bits of §3.2, numbers least significant bit first, codes as they are written. */
function bits(...parts: readonly (string | readonly [number, number])[]): Buffer {
  const all = parts
    .map((part) =>
      typeof part === "string"
        ? part
        : [...part[0].toString(2).padStart(part[1], "0")].reverse().join(""),
    )
    .join("");
  const bytes = all.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt([...byte].reverse().join(""), 2)));
}

const FIXED = "110"; // last block, fixed codes
const DYNAMIC = "101"; // last block, dynamic codes
/** A dynamic header whose code length code has 0 and 1 as 0, 18 as 10, 1 as 11. */
const header = (literals: number, distances: number) =>
  [
    DYNAMIC,
    [literals - 257, 5] as const,
    [distances - 1, 5] as const,
    [14, 4] as const, // 18 lengths follow, to the 1
    ...[0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2].map((length) => [length, 3] as const),
  ] as const;
const zeros = (count: number) => ["11", [count - 11, 7] as const] as const;

const EDGES: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  "an unknown kind of block": bits("111"),
  "an empty stored block": bits("100", [0, 5], [0, 16], [0xffff, 16]),
  "a stored block with other lengths": bits("100", [0, 5], [0, 16], [0xfffe, 16]),
  "a stored block that is cut short": bits("100", [0, 5], [1, 16], [0xfffe, 16]),
  "stored padding that is not zero": bits("100", [31, 5], [0, 16], [0xffff, 16]),
  "the end alone": bits(FIXED, "0000000"),
  "literal 286": bits(FIXED, "11000110", "0000000"),
  "literal 287": bits(FIXED, "11000111", "0000000"),
  "distance 30": bits(FIXED, "00110000", "0000001", "11110", "0000000"),
  "a distance of 1": bits(FIXED, "00110000", "0000001", "00000", "0000000"),
  "a distance too far back": bits(FIXED, "00110000", "0000001", "00001", "0000000"),
  "length 258": bits(FIXED, "00110000", "11000101", "00000", "0000000"),
  "length 227 and 31 more": bits(FIXED, "00110000", "11000100", [31, 5], "00000", "0000000"),
  "a code of the end alone, one bit": bits(
    ...header(257, 1),
    ...zeros(138),
    ...zeros(118),
    "10",
    "0",
    "0",
  ),
  "its other bit": bits(...header(257, 1), ...zeros(138), ...zeros(118), "10", "0", "1"),
  "no end": bits(...header(257, 1), ...zeros(138), ...zeros(120)),
  "two codes, no distance": bits(
    ...header(257, 1),
    "10",
    ...zeros(138),
    ...zeros(117),
    "10",
    "0",
    "0",
    "1",
  ),
  "287 literals": bits(DYNAMIC, [30, 5], [0, 5], [0, 4]),
  "31 distances": bits(DYNAMIC, [0, 5], [30, 5], [0, 4]),
  "a code length code of nothing": bits(DYNAMIC, [0, 5], [0, 5], [0, 4], [0, 12], [0, 1000]),
  "too many lengths": bits(...header(257, 1), ...zeros(138), ...zeros(138)),
};

test.each(Object.entries(EDGES))("as zlib: %s", (_, data) => {
  expect(ours(data, NONE)).toEqual(theirs(data, NONE));
});

test("the edges are met on both sides", () => {
  const met = Object.values(EDGES).map((data) => ours(data, NONE) !== null);
  expect(met.filter(Boolean).length).toBeGreaterThanOrEqual(7);
  expect(met.filter((one) => !one).length).toBeGreaterThanOrEqual(12);
});

test("every bit of a short stream matters as it does to zlib", () => {
  for (const level of [1, 9]) {
    const data = zlib.deflateRawSync(Buffer.from("an issued list, an issued list, a status list"), {
      level,
      strategy: level === 9 ? zlib.constants.Z_DEFAULT_STRATEGY : zlib.constants.Z_HUFFMAN_ONLY,
    });
    for (let bit = 0; bit < 8 * data.length; bit++) {
      const changed = Buffer.from(data);
      changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      expect(ours(changed, NONE)).toEqual(theirs(changed, NONE));
    }
  }
});

test("a limit is a limit, to the byte", () => {
  for (const length of [0, 1, 999, 1000, 1001, 100_000]) {
    const data = zlib.deflateRawSync(Buffer.alloc(length, 7));
    const inflate = () => inflateRaw(data, { max: 1000 }).output.length;
    if (length > 1000) expect(inflate).toThrow("more than 1000 bytes");
    else expect(inflate()).toBe(length);
  }
});

test("a bomb is left at its limit", () => {
  const bomb = zlib.deflateRawSync(Buffer.alloc(50_000_000));
  expect(() => inflateRaw(bomb, { max: 8192 })).toThrow("more than");
});

test("a zlib stream: header, checksum, and nothing behind", () => {
  const next = numbers(3);
  let accepted = 0;
  for (let run = 0; run < 3000; run++) {
    const deflated = zlib.deflateSync(plain(next), { level: next(10), windowBits: 9 + next(7) });
    const end = deflated.length;
    const at = [0, 1, end - 4, end - 3, end - 2, end - 1, next(end)][next(9)];
    const data = next(4) ? deflated : mutate(deflated, next);
    if (at !== undefined && at < data.length && next(2)) data[at] = next(256);
    let expected: string | null = null;
    try {
      const { buffer, engine } = zlib.inflateSync(data, {
        maxOutputLength: MAX,
        info: true,
      }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
      if (engine.bytesWritten === data.length) expected = buffer.toString("hex");
    } catch {}
    let answer: string | null = null;
    try {
      answer = Buffer.from(inflateZlib(data, MAX)).toString("hex");
    } catch (error) {
      if (!(error instanceof ZhengyinError)) throw error;
    }
    expect(answer, data.toString("hex")).toBe(expected);
    if (answer !== null) accepted++;
  }
  expect(accepted).toBeGreaterThan(500);
});
