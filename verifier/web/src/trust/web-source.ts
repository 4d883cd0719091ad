/**
 * The published files under the page's own address, with nothing but `fetch` (verifier/web_source.py).
 *
 * A host can refuse, and nothing else: each answer has its cap and its time, and no other host and
 * no other folder is asked. The browser's own cache has no part in it: what is worth keeping is in
 * the store, and a spoilt copy must not come back.
 */

import { concat } from "../core/bytes";
import { TrustError } from "../core/errors";
import { MAX_TOTAL, NOTHING, type Source } from "./source";

const TIMEOUT = 20_000; // milliseconds without a byte
const DEADLINE = 900_000; // milliseconds for all files together
// 204: a host that knows us says "none" without an error; object stores say 403 where listing is
// not allowed.
const ABSENT = [204, 403, 404, 410];
const PARTIAL = 206;
const RANGE_NOT_SATISFIABLE = 416;

/** The tree under `address`, which ends with a slash. */
export function webSource(address: string): Source {
  const until = performance.now() + DEADLINE;
  let left = MAX_TOTAL;

  /** The first `limit` bytes, or with `exact` a refusal of a longer file. */
  async function get(
    name: string,
    limit: number,
    exact: boolean,
    known: Uint8Array = NOTHING,
  ): Promise<Uint8Array | null> {
    if (limit === 0) return known;
    const url = new URL(name, address).href;
    const watch = watchdog(url);
    try {
      const answer = await watch.next(
        fetch(url, {
          cache: "no-store",
          credentials: "omit",
          referrerPolicy: "no-referrer",
          signal: watch.signal,
          headers: exact ? {} : { Range: `bytes=${known.length}-${limit - 1}` },
        }),
      );
      if (answer.redirected && !answer.url.startsWith(address)) {
        throw new TrustError("network_redirect", { url, to: answer.url });
      }
      if (ABSENT.includes(answer.status)) return null;
      if (answer.status === RANGE_NOT_SATISFIABLE && !exact) {
        return known.length ? get(name, limit, false) : known;
      }
      if (answer.status !== PARTIAL) {
        if (!answer.ok) throw refused(url, String(answer.status));
        return await body(answer, url, limit, exact, watch);
      }
      const range = answer.headers.get("Content-Range") ?? "";
      if (exact || !range.startsWith(`bytes ${known.length}-`)) throw refused(url, "Content-Range");
      const tail = await body(answer, url, limit - known.length, false, watch);
      return concat(known, tail);
    } catch (error) {
      if (error instanceof TrustError) throw error;
      throw new TrustError("network_unreachable", { url, detail: String(error) });
    } finally {
      watch.stop();
    }
  }

  /** Read at most `limit` bytes and know that none is missing. */
  async function body(
    answer: Response,
    url: string,
    limit: number,
    exact: boolean,
    watch: Watchdog,
  ): Promise<Uint8Array> {
    const tooLarge = (detail: string) => new TrustError("file_too_large", { detail });
    // The length of what travelled: of an answer that was packed on the way it says nothing.
    const packed = answer.headers.get("Content-Encoding") ?? "identity";
    const announced = packed === "identity" ? Number(answer.headers.get("Content-Length")) : 0;
    if (exact && announced > limit) throw tooLarge(url);
    const reader = answer.body?.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (reader && size <= limit) {
      const { done, value } = await watch.next(
        reader.read().catch(() => {
          throw new TrustError("network_truncated", { url });
        }),
      );
      if (done) break;
      chunks.push(value);
      size += value.length;
      left -= value.length;
      if (performance.now() > until) throw new TrustError("network_slow", { url });
      if (left < 0) throw tooLarge(address);
    }
    if (size > limit && exact) throw tooLarge(url);
    if (size < Math.min(announced, limit)) throw new TrustError("network_truncated", { url });
    return concat(...chunks).subarray(0, limit);
  }

  return {
    where: address,
    read: (name, limit) => get(name, limit, true),
    readStart: (name, size, known) => get(name, size, false, known.length < size ? known : NOTHING),
  };
}

interface Watchdog {
  readonly signal: AbortSignal;
  /** What `promise` gives, if it does so within the time for one more byte. */
  next<T>(promise: Promise<T>): Promise<T>;
  /** Whatever is still under way is not wanted any more. */
  stop(): void;
}

function watchdog(url: string): Watchdog {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    stop: () => controller.abort(),
    next: (promise) => {
      let timer: ReturnType<typeof setTimeout>;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new TrustError("network_slow", { url })), TIMEOUT);
      });
      return Promise.race([promise, late]).finally(() => clearTimeout(timer));
    },
  };
}

function refused(url: string, detail: string): TrustError {
  return new TrustError("network_answer", { url, detail });
}
