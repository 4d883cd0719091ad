/** The scanner's decisions: which frame gets which effort, what is a repeat, what a scanner typed. */

import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { problemOf, RETRY_AFTER, wishesFor } from "../src/scan/camera-rules";
import { greyOf, smoothed } from "../src/scan/grey";
import { createTyping } from "../src/scan/keyboard";
import { jpegsIn, TILE, tilesOf } from "../src/scan/pictures";
import { costsAfter, FIRST_COSTS, middleOf, planOf } from "../src/scan/plan";
import { createRepeats } from "../src/scan/repeats";

const plans = (fast: number, full: number, count = 48) =>
  Array.from({ length: count }, (_, at) => planOf(at, { fast, full }));

describe("which frame gets which effort", () => {
  test("a quick phone looks at whole frames, every third in full", () => {
    const efforts = plans(20, 60, 6).map(({ effort }) => effort);
    expect(efforts).toEqual(["fast", "fast", "full", "fast", "fast", "full"]);
    expect(plans(20, 60).some(({ middle }) => middle)).toBe(false);
  });

  test("however slow: full attempts at least every eighth, whole frames at least every third", () => {
    const cost = fc.double({ min: 1, max: 2000, noNaN: true });
    fc.assert(
      fc.property(cost, cost, (fast, more) => {
        const some = plans(fast, fast + more);
        for (let at = 0; at + 8 <= some.length; at++) {
          const eight = some.slice(at, at + 8);
          expect(eight.some(({ effort }) => effort === "full")).toBe(true);
          expect(eight.some(({ middle }) => !middle)).toBe(true);
        }
        expect(some.some(({ effort, middle }) => effort === "full" && !middle)).toBe(true);
      }),
    );
  });

  test("where the phone can, ten attempts take a second on average", () => {
    const within = fc.tuple(fc.integer({ min: 5, max: 60 }), fc.integer({ min: 0, max: 300 }));
    fc.assert(
      fc.property(within, ([fast, more]) => {
        const some = plans(fast, fast + more, 840);
        const spent = some.map(({ effort }) => (effort === "fast" ? fast : fast + more));
        const mean = spent.reduce((sum, one) => sum + one, 0) / some.length;
        expect(mean).toBeLessThanOrEqual(100);
      }),
    );
  });

  test("costs follow what is measured; a part of a frame says nothing", () => {
    let costs = FIRST_COSTS;
    for (let at = 0; at < 40; at++)
      costs = costsAfter(costs, { effort: "full", middle: false }, 500);
    expect(costs.full).toBeCloseTo(500, 0);
    expect(costs.fast).toBe(FIRST_COSTS.fast);
    expect(costsAfter(costs, { effort: "fast", middle: true }, 1)).toEqual(costs);
  });

  test("the middle is a square inside the frame with even edges", () => {
    const side = fc.integer({ min: 2, max: 4000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const area = middleOf(width, height);
        expect(area.width).toBe(area.height);
        expect(Object.values(area).every((one) => one % 2 === 0 && one >= 0)).toBe(true);
        expect(area.x + area.width).toBeLessThanOrEqual(width);
        expect(area.y + area.height).toBeLessThanOrEqual(height);
        expect(area.width).toBeGreaterThan(Math.min(width, height) - 2);
      }),
    );
  });
});

describe("the camera's rules", () => {
  test.each([
    ["NotAllowedError", "permission_refused"],
    ["SecurityError", "permission_refused"],
    ["NotReadableError", "camera_in_use"],
    ["AbortError", "camera_in_use"],
    ["NotFoundError", "no_camera"],
    ["OverconstrainedError", "no_camera"],
  ])("%s is %s", (name, problem) => {
    expect(problemOf(new DOMException("", name))).toBe(problem);
  });

  test("the chosen camera is asked for first, any camera last", () => {
    expect(wishesFor("x")).toHaveLength(3);
    expect(wishesFor("x")[0]).toMatchObject({ deviceId: { exact: "x" } });
    expect(wishesFor(undefined)[0]).toMatchObject({
      facingMode: { ideal: "environment" },
      width: { ideal: 1920 },
      height: { ideal: 1080 },
    });
    expect(wishesFor(undefined).at(-1)).toBe(true);
  });

  test("a lost camera is tried at once, then ever later", () => {
    expect(RETRY_AFTER[0]).toBe(0);
    expect([...RETRY_AFTER].sort((a, b) => a - b)).toEqual(RETRY_AFTER);
  });
});

describe("repeats", () => {
  const seen = (frames: readonly (readonly [text: string, at: number])[]) => {
    const repeats = createRepeats({ quiet: 3 });
    return frames.filter(([text, at]) => repeats.isNew(text, at)).map(([text]) => text);
  };

  test("a code held for a minute is one verdict", () => {
    expect(seen(Array.from({ length: 600 }, (_, at) => ["a", at / 10] as const))).toEqual(["a"]);
  });
  test("two codes that take turns are two verdicts", () => {
    const frames = Array.from({ length: 100 }, (_, at) => [at % 2 ? "a" : "b", at / 10] as const);
    expect(seen(frames)).toEqual(["b", "a"]);
  });
  test("out of sight for longer than the quiet time, it counts again", () => {
    expect(seen([["a", 0], ["a", 3], ["a", 6], ["a", 9.1]])).toEqual(["a", "a"]); // biome-ignore format: a row of sightings
  });
  test("a queue of ten codes is ten verdicts in order", () => {
    const codes = [..."abcdefghij"];
    const frames = codes.flatMap((code, at) =>
      [0, 0.1, 0.5, 1].map((d) => [code, at * 2 + d] as const),
    );
    expect(seen(frames)).toEqual(codes);
  });
});

describe("a scanner that types", () => {
  const none = { isComposing: false, ctrlKey: false, altKey: false, metaKey: false };
  const typed = (keys: readonly string[], gap: number, more = {}) => {
    const type = createTyping();
    const texts = keys.map((key, at) => type({ key, timeStamp: at * gap, ...none, ...more }));
    return texts.filter((text) => text !== null);
  };
  const code = "https://zs.example.cn/#12345678";

  test.each([
    ["fast keys with Enter", [...code, "Enter"], 8, [code]],
    ["capital letters come with Shift", ["Shift", "H", ..."ttps://x", "Enter"], 8, ["Https://x"]],
    ["two codes", [...code, "Enter", ...code, "Enter"], 8, [code, code]],
    ["a person types", [...code, "Enter"], 60, []],
    ["no Enter", [...code], 8, []],
    ["a few keys that slipped", [..."abc", "Enter"], 8, []],
    ["an arrow in between", [..."12345678", "ArrowLeft", "9", "Enter"], 8, []],
  ])("%s", (_, keys, gap, texts) => {
    expect(typed(keys, gap)).toEqual(texts);
  });
  test.each(["isComposing", "ctrlKey", "altKey", "metaKey"])(
    "%s is not a scanner's",
    (modifier) => {
      expect(typed([...code, "Enter"], 8, { [modifier]: true })).toEqual([]);
    },
  );
});

describe("pictures", () => {
  test("tiles cover every pixel, and a code of half a tile is whole in one", () => {
    const side = fc.integer({ min: 1, max: 9000 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(side, side, share, share, (width, height, across, down) => {
        const code = { width: Math.min(TILE / 2, width), height: Math.min(TILE / 2, height) };
        const x = Math.floor(across * (width - code.width));
        const y = Math.floor(down * (height - code.height));
        const holds = tilesOf(width, height).filter(
          (tile) =>
            tile.x <= x &&
            tile.y <= y &&
            tile.x + tile.width >= x + code.width &&
            tile.y + tile.height >= y + code.height,
        );
        expect(holds).not.toEqual([]);
      }),
    );
  });

  test("a PDF's JPEG streams are found, others are not", () => {
    const latin1 = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));
    const jpeg = "\xff\xd8\xff\xe0....";
    const pdf = latin1(
      `%PDF-1.4 stream\nBT ET\nendstream stream\r\n${jpeg}\nendstream ${jpeg} stream\n${jpeg}`,
    );
    const found = jpegsIn(pdf).map(([start, end]) =>
      new TextDecoder("latin1").decode(pdf.slice(start, end)),
    );
    expect(found).toEqual(["ÿØÿà....\n"]);
  });

  test("grey is the luminance on white paper", () => {
    const rgba = [255, 255, 255, 255, 0, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0];
    const { data } = greyOf(Uint8ClampedArray.from(rgba), 4, 1);
    expect([...data]).toEqual([255, 0, 149, 255]);
  });

  test("smoothing keeps what is even and spreads what is not", () => {
    const even = smoothed({ data: new Uint8Array(25).fill(90), width: 5, height: 5 });
    expect([...even.data]).toEqual(Array(25).fill(90));
    const data = new Uint8Array(25);
    data[12] = 160;
    const spread = smoothed({ data, width: 5, height: 5 });
    expect([...spread.data.slice(6, 9), ...spread.data.slice(11, 14)]).toEqual([
      10, 20, 10, 20, 40, 20,
    ]);
  });
});

describe("the decoder", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  type Sent = { readonly wasm?: string; readonly effort?: string };

  async function decoderWith(answer: (message: Sent) => unknown) {
    vi.useFakeTimers();
    vi.doMock("../src/parts", () => ({ wasm: () => "wasm", workerUrl: () => "worker" }));
    vi.doMock("../src/dom", () => ({ scriptUrl: (url: string) => url }));
    let made = 0;
    let ended = 0;
    vi.stubGlobal(
      "Worker",
      class {
        onmessage = (_: { data: unknown }): void => {};
        constructor() {
          made++;
        }
        postMessage(message: Sent) {
          const data = "wasm" in message ? "zxing" : answer(message);
          if (data !== undefined) queueMicrotask(() => this.onmessage({ data }));
        }
        terminate() {
          ended++;
        }
      },
    );
    const { createDecoder } = await import("../src/scan/decoder");
    return { decoder: await createDecoder(), made: () => made, ended: () => ended };
  }

  const image = {
    data: new Uint8ClampedArray(4),
    width: 1,
    height: 1,
    colorSpace: "srgb",
  } as const;

  test("pictures are read one after the other", async () => {
    const { decoder, made } = await decoderWith(({ effort }) => [effort]);
    const both = [decoder.decode(image, "fast"), decoder.decode(image, "full")];
    expect(await Promise.all(both)).toEqual([["fast"], ["full"]]);
    expect(decoder.engine).toBe("zxing");
    expect(made()).toBe(1);
  });

  test("a worker that hangs is ended after three seconds, the next picture gets a new one", async () => {
    let hang = true;
    const { decoder, made, ended } = await decoderWith(() => (hang ? undefined : ["text"]));
    const first = decoder.decode(image, "fast");
    await vi.advanceTimersByTimeAsync(2999);
    expect(ended()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toEqual([]);
    expect(ended()).toBe(1);
    hang = false;
    expect(await decoder.decode(image, "fast")).toEqual(["text"]);
    expect(made()).toBe(2);
  });
});
