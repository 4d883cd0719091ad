/** The scanner against a camera that can be taken away: how often people are asked, what comes back. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Decoder } from "../src/scan/decoder";
import { createScanner } from "../src/scan/scanner";

vi.mock("../src/scan/grab", () => ({ grabFrame: async () => ({ image: {} }) }));

type Listener = () => void;

let tracks: ReturnType<typeof newTrack>[];
let asked: MediaStreamConstraints[];
let refuse: ((call: number) => string | null) | null;
let abilities: object;

function newTrack() {
  const listeners: Listener[] = [];
  const track = {
    label: "back camera",
    readyState: "live",
    set: [] as unknown[],
    addEventListener: (_: string, listener: Listener) => listeners.push(listener),
    getSettings: () => ({ zoom: 1 }),
    getCapabilities: () => abilities,
    applyConstraints: async (constraints: unknown) => void track.set.push(constraints),
    stop: () => {
      track.readyState = "ended";
    },
    lose: () => {
      track.stop();
      for (const listener of listeners) listener();
    },
  };
  return track;
}

beforeEach(() => {
  vi.useFakeTimers();
  tracks = [];
  asked = [];
  refuse = null;
  abilities = {};
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("window", { isSecureContext: true });
  vi.stubGlobal("navigator", {
    mediaDevices: {
      async getUserMedia(constraints: MediaStreamConstraints) {
        asked.push(constraints);
        const name = refuse?.(asked.length);
        if (name) throw new DOMException("", name);
        const track = newTrack();
        tracks.push(track);
        return { getVideoTracks: () => [track], getTracks: () => [track] };
      },
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function scanner(texts: () => readonly string[] = () => []) {
  const frozen = { still: false };
  const video = {
    videoWidth: 1920,
    videoHeight: 1080,
    srcObject: null,
    get currentTime() {
      return frozen.still ? 1 : performance.now();
    },
    play: async () => {},
    toggleAttribute: vi.fn(),
  };
  const decoder: Decoder = { engine: "zxing", decode: async () => texts(), close() {} };
  const events = { found: vi.fn(), problem: vi.fn(), started: vi.fn(), idle: vi.fn() };
  // biome-ignore lint/suspicious/noExplicitAny: the parts of a video element that a scanner uses
  return { scanner: createScanner(video as any, decoder, events), events, video, frozen };
}

const wait = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

test("people are asked once: pausing keeps the stream", async () => {
  const { scanner: one, events } = scanner(() => ["text"]);
  await one.start();
  await wait(1);
  expect(events.started).toHaveBeenCalledWith({ width: 1920, height: 1080, engine: "zxing" });
  expect(events.found).toHaveBeenCalledWith(["text"], expect.any(Number));
  one.pause();
  const seen = events.found.mock.calls.length;
  await wait(60);
  expect(events.found.mock.calls.length).toBe(seen);
  one.resume();
  await wait(1);
  expect(events.found.mock.calls.length).toBeGreaterThan(seen);
  expect(asked).toHaveLength(1);
  one.stop();
  expect(tracks[0]?.readyState).toBe("ended");
});

test("a stream that ends or stands still is opened again", async () => {
  const { scanner: one, events, frozen } = scanner();
  await one.start();
  await wait(1);
  tracks[0]?.lose();
  await wait(1);
  expect(tracks).toHaveLength(2);
  frozen.still = true;
  await wait(1);
  frozen.still = true;
  await wait(5);
  expect(tracks.length).toBeGreaterThan(2);
  expect(tracks.filter(({ readyState }) => readyState === "live")).toHaveLength(1);
  expect(events.problem).not.toHaveBeenCalled();
});

test("a stream that never gives pictures again is given up", async () => {
  const { scanner: one, events, frozen } = scanner();
  await one.start();
  frozen.still = true;
  await wait(60);
  expect(events.problem.mock.calls).toEqual([["camera_lost"]]);
  expect(tracks.every(({ readyState }) => readyState === "ended")).toBe(true);
});

test("a camera lost while paused is opened at the next use", async () => {
  const { scanner: one } = scanner();
  await one.start();
  one.pause();
  tracks[0]?.lose();
  await wait(30);
  expect(asked).toHaveLength(1);
  one.resume();
  await wait(1);
  expect(asked).toHaveLength(2);
});

test("a page in the background takes nothing from the camera and does not fight for it", async () => {
  const { scanner: one, events } = scanner(() => ["text"]);
  await one.start();
  vi.stubGlobal("document", { hidden: true });
  await wait(1);
  events.found.mockClear();
  tracks[0]?.lose();
  await wait(300);
  expect(events.found).not.toHaveBeenCalled();
  expect(asked).toHaveLength(1);
  vi.stubGlobal("document", { hidden: false });
  await wait(2);
  expect(asked).toHaveLength(2);
  expect(events.found).toHaveBeenCalled();
});

test.each([
  ["NotAllowedError", "permission_refused", 1],
  ["NotReadableError", "camera_in_use", 1],
  ["NotFoundError", "no_camera", 2],
])("%s is %s", async (name, problem, times) => {
  refuse = () => name;
  const { scanner: one, events } = scanner();
  await one.start();
  expect(events.problem.mock.calls).toEqual([[problem]]);
  expect(asked).toHaveLength(times);
});

test("a chosen camera that is gone is replaced by another", async () => {
  refuse = (call) => (call === 1 ? "OverconstrainedError" : null);
  const { scanner: one, events } = scanner();
  await one.start("gone");
  expect(asked).toHaveLength(2);
  expect(events.started).toHaveBeenCalledOnce();
});

test.each([
  [false, "insecure_context"],
  [true, "no_camera"],
])("no media devices, secure: %s", async (isSecureContext, problem) => {
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("window", { isSecureContext });
  const { scanner: one, events } = scanner();
  await one.start();
  expect(events.problem.mock.calls).toEqual([[problem]]);
});

test("two minutes without a code: idle, once", async () => {
  const { scanner: one, events } = scanner();
  await one.start();
  await wait(119);
  expect(events.idle).not.toHaveBeenCalled();
  await wait(300);
  expect(events.idle).toHaveBeenCalledOnce();
});

test("light and zoom are offered where the camera has them", async () => {
  const { scanner: one } = scanner();
  await one.start();
  expect([one.torch, one.zoom]).toEqual([null, null]);
  await one.setTorch(true);
  expect(tracks[0]?.set).toEqual([]);
  abilities = { torch: true, zoom: { min: 1, max: 8, step: 0.5 } };
  expect(one.torch).toBe(false);
  expect(one.zoom).toEqual({ min: 1, max: 8, step: 0.5, value: 1 });
  await one.setTorch(true);
  await one.setZoom(2);
  expect(one.torch).toBe(true);
  expect(tracks[0]?.set).toEqual([{ advanced: [{ torch: true }] }, { advanced: [{ zoom: 2 }] }]);
});
