/**
 * DEFLATE (RFC 1951), raw or in zlib's wrapping (RFC 1950), as strict as zlib itself.
 *
 * Browsers' own has no preset dictionary, no limit, and differs on what stands behind the end. What
 * is refused is what zlib refuses; one stream must not be genuine on a server and forged on a phone.
 */

import { concat } from "./bytes";
import { MalformedError } from "./errors";

const END = 256;
const LITERALS = 286; // literals, END and lengths; two more have codes but no meaning
const DISTANCES = 30;
/** Where the lengths of the code length code stand (§3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A Huffman code: for each possible next `bits` bits, 16 · symbol + length; 0 is no code. */
interface Code {
  readonly bits: number;
  readonly table: Uint16Array;
}

/** [first value, extra bits] of each symbol: `flat` have none, then every `step` have one more. */
function ranges(first: number, flat: number, step: number, count: number) {
  let next = first;
  return Array.from({ length: count }, (_, at) => {
    const extra = at < flat ? 0 : 1 + Math.floor((at - flat) / step);
    next += 2 ** extra;
    return [next - 2 ** extra, extra] as const;
  });
}

const LENGTH_RANGES = [...ranges(3, 8, 4, 28), [258, 0] as const];
const DISTANCE_RANGES = ranges(1, 4, 2, DISTANCES);

const fail = (what: string): never => {
  throw new MalformedError(`inflate: ${what}`);
};

/** The code of these lengths; `whole` refuses one that leaves bit patterns without a symbol. */
function codeOf(lengths: readonly number[], whole: boolean): Code {
  const bits = Math.max(1, ...lengths);
  const table = new Uint16Array(1 << bits);
  let code = 0; // the next one, as `bits` bits, most significant first
  for (let length = 1; length <= bits; length++) {
    lengths.forEach((own, symbol) => {
      if (own !== length) return;
      if (code >= 1 << bits) fail("over-subscribed code");
      let reversed = 0;
      for (let at = 0; at < length; at++) reversed |= ((code >> (bits - 1 - at)) & 1) << at;
      for (let at = reversed; at < 1 << bits; at += 1 << length) table[at] = 16 * symbol + length;
      code += 1 << (bits - length);
    });
  }
  // zlib lets a code of at most one symbol, of one bit, be incomplete.
  if (code < 1 << bits && (whole || bits > 1)) fail("incomplete code");
  return { bits, table };
}

const repeat = (value: number, count: number): readonly number[] =>
  Array.from({ length: count }, () => value);

const FIXED_LITERALS = codeOf(
  [...repeat(8, 144), ...repeat(9, 112), ...repeat(7, 24), ...repeat(8, 8)],
  true,
);
const FIXED_DISTANCES = codeOf(repeat(5, 32), true);

/**
 * The output of a raw stream, and how many bytes of `data` it took.
 *
 * More than `max` bytes, a stream that does not end and whatever zlib refuses are a MalformedError;
 * bytes behind the end are for the caller to look at.
 */
export function inflateRaw(
  data: Uint8Array,
  { dictionary = new Uint8Array(), max }: { dictionary?: Uint8Array; max: number },
): { output: Uint8Array<ArrayBuffer>; used: number } {
  const start = dictionary.length;
  let out = concat(dictionary, new Uint8Array(Math.min(max, 4 * data.length)));
  let end = start; // of what is written
  let hold = 0; // bits that were read and not used, the next one lowest
  let held = 0;
  let at = 0; // the next byte; zeros follow the last one

  /** Make sure that `count` ≤ 16 bits are held. */
  const fill = (count: number): void => {
    for (; held < count; held += 8) hold |= (data[at++] ?? 0) << held;
  };
  const drop = (count: number): void => {
    hold >>>= count;
    held -= count;
    if (8 * at - held > 8 * data.length) fail("cut short");
  };
  const take = (count: number): number => {
    fill(count);
    const value = hold & ((1 << count) - 1);
    drop(count);
    return value;
  };
  const symbol = ({ bits, table }: Code): number => {
    fill(bits);
    const found = table[hold & ((1 << bits) - 1)] ?? 0;
    if (!found) fail("a code without a symbol");
    drop(found & 15);
    return found >> 4;
  };
  /** Make room for `count` bytes more. */
  const grow = (count: number): void => {
    if (end + count - start > max) fail(`more than ${max} bytes`);
    if (end + count <= out.length) return;
    const longer = new Uint8Array(Math.min(start + max, 2 * (end + count)));
    longer.set(out);
    out = longer;
  };

  const stored = (): void => {
    drop(held % 8);
    const length = take(16);
    if ((length ^ take(16)) !== 0xffff) fail("stored block: lengths differ");
    at -= held / 8;
    hold = held = 0;
    if (at + length > data.length) fail("cut short");
    grow(length);
    out.set(data.subarray(at, at + length), end);
    at += length;
    end += length;
  };
  const dynamic = (): readonly [Code, Code] => {
    const literals = 257 + take(5);
    const distances = 1 + take(5);
    const given = 4 + take(4);
    if (literals > LITERALS || distances > DISTANCES) fail("too many symbols");
    const small = [...repeat(0, ORDER.length)];
    for (const place of ORDER.slice(0, given)) small[place] = take(3);
    const code = codeOf(small, true);
    const lengths: number[] = [];
    while (lengths.length < literals + distances) {
      const next = symbol(code);
      if (next < 16) {
        lengths.push(next);
        continue;
      }
      const value = next === 16 ? (lengths[lengths.length - 1] ?? fail("nothing to repeat")) : 0;
      const count = next === 18 ? 11 + take(7) : 3 + take(next === 17 ? 3 : 2);
      lengths.push(...repeat(value, count));
    }
    if (lengths.length > literals + distances) fail("too many lengths");
    if (!lengths[END]) fail("a block without end");
    return [codeOf(lengths.slice(0, literals), false), codeOf(lengths.slice(literals), false)];
  };
  const ranged = (range: readonly [number, number] | undefined): number => {
    const [first, extra] = range ?? fail("a code without a meaning");
    return first + take(extra);
  };
  const block = ([literals, distances]: readonly [Code, Code]): void => {
    for (let next = symbol(literals); next !== END; next = symbol(literals)) {
      if (next < END) {
        grow(1);
        out[end++] = next;
        continue;
      }
      const length = ranged(LENGTH_RANGES[next - END - 1]);
      const distance = ranged(DISTANCE_RANGES[symbol(distances)]);
      if (distance > end) fail("a distance too far back");
      grow(length);
      for (let stop = end + length; end < stop; end++) out[end] = out[end - distance] ?? 0;
    }
  };

  for (let last = 0; !last; ) {
    last = take(1);
    const kind = take(2);
    if (kind === 0) stored();
    else if (kind === 1) block([FIXED_LITERALS, FIXED_DISTANCES]);
    else if (kind === 2) block(dynamic());
    else fail("an unknown kind of block");
  }
  return { output: out.slice(start, end), used: at - (held >> 3) };
}

/** The output of one whole zlib stream: header, checksum, and nothing behind. */
export function inflateZlib(data: Uint8Array, max: number): Uint8Array<ArrayBuffer> {
  const [method = 0, flags = 0] = data;
  if ((method & 15) !== 8 || method >> 4 > 7 || (256 * method + flags) % 31 || flags & 32) {
    fail("not a zlib stream");
  }
  const { output, used } = inflateRaw(data.subarray(2), { max });
  const trailer = data.subarray(2 + used);
  if (trailer.length !== 4) fail("bytes missing, or behind the end");
  if (new DataView(concat(trailer).buffer).getUint32(0) !== adler32(output)) fail("checksum");
  return output;
}

/** The checksum of RFC 1950 §8.2. */
function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}
