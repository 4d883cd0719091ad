/** The camera: opened once, its frames decoded one after the other, brought back when the phone takes it away. */

import { type CameraProblem, problemOf, RETRY_AFTER, wishesFor } from "./camera-rules";
import type { Decoder } from "./decoder";
import { grabFrame } from "./grab";
import { costsAfter, FIRST_COSTS, middleOf, planOf } from "./plan";

export type { CameraProblem };

const IDLE = 120_000; // ms without a code
const STALLED = 3_000; // ms without a new picture
const WATCH = 1_000; // ms between two looks at the stream
const NO_CALLBACK = 33; // ms between frames where the browser does not tell of them

export interface ScannerEvents {
  /** `grabbedAt`: performance.now(). */
  found(texts: readonly string[], grabbedAt: number): void;
  problem(problem: CameraProblem): void;
  started(info: {
    readonly width: number;
    readonly height: number;
    readonly engine: Decoder["engine"];
  }): void;
  /** Nothing was seen for two minutes: the scanner is paused. */
  idle?(): void;
}

export interface CameraInfo {
  readonly id: string;
  readonly label: string;
  readonly front: boolean;
}

export interface Zoom {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
}

export interface Scanner {
  start(cameraId?: string): Promise<void>;
  /** Stops looking; the stream stays, so that people are not asked again. */
  pause(): void;
  resume(): void;
  stop(): void;
  cameras(): Promise<readonly CameraInfo[]>;
  /** Null: this camera has no light. */
  readonly torch: boolean | null;
  setTorch(on: boolean): Promise<void>;
  /** Null: this camera has no zoom. */
  readonly zoom: Zoom | null;
  setZoom(value: number): Promise<void>;
}

// W3C Image Capture §7: not in TypeScript's own list.
interface Abilities extends MediaTrackCapabilities {
  readonly torch?: boolean;
  readonly zoom?: { readonly min: number; readonly max: number; readonly step?: number };
}
interface Settings extends MediaTrackSettings {
  readonly zoom?: number;
}
interface Change extends MediaTrackConstraintSet {
  readonly torch?: boolean;
  readonly zoom?: number;
}

const FRONT = /front|user|前/i; // of a camera's label

export function createScanner(
  video: HTMLVideoElement,
  decoder: Decoder,
  events: ScannerEvents,
): Scanner {
  let stream: MediaStream | null = null;
  let cameraId: string | undefined;
  let wanted = false; // not paused
  let running = false;
  let looking = false; // an attempt is under way
  let opening = 0; // which start is the newest
  let attempt = 0;
  let costs = FIRST_COSTS;
  let failures = 0;
  let lastCode = 0;
  let lastPicture = 0;
  let lastTime = -1;
  let torch = false;
  let watch: ReturnType<typeof setInterval> | undefined;

  const track = (): MediaStreamTrack | undefined => stream?.getVideoTracks()[0];
  const abilities = (): Abilities => track()?.getCapabilities?.() ?? {};

  async function open(): Promise<void> {
    const turn = ++opening;
    close();
    const media = navigator.mediaDevices;
    if (!media) return fail(window.isSecureContext ? "no_camera" : "insecure_context");
    let got: MediaStream | undefined;
    let problem: CameraProblem = "no_camera";
    for (const wish of wishesFor(cameraId)) {
      try {
        got = await media.getUserMedia({ video: wish, audio: false });
        break;
      } catch (error) {
        problem = problemOf(error);
        if (problem !== "no_camera") break;
      }
    }
    if (turn !== opening) return got?.getTracks().forEach(end);
    // A phone that has just taken the camera away may hold it for a while.
    if (!got) return failures > 0 && problem === "camera_in_use" ? recover() : fail(problem);
    await play(got);
  }

  async function play(got: MediaStream): Promise<void> {
    stream = got;
    const now = track();
    now?.addEventListener("ended", () => {
      if (stream === got && running && !document.hidden) void recover(); // else `look` will see it
    });
    const facing = now?.getSettings().facingMode;
    const front = facing ? facing === "user" : FRONT.test(now?.label ?? "");
    video.toggleAttribute("data-front", front);
    video.muted = true;
    video.playsInline = true; // iOS would fill the screen with it
    video.srcObject = got;
    try {
      await video.play();
    } catch {
      if (stream === got) return recover(); // a stream that is dead at once
      return;
    }
    lastPicture = lastCode = performance.now();
    lastTime = video.currentTime;
    running = wanted;
    watch ??= setInterval(look, WATCH);
    events.started({
      width: video.videoWidth,
      height: video.videoHeight,
      engine: decoder.engine,
    });
    next();
  }

  function close(): void {
    stream?.getTracks().forEach(end);
    stream = null;
    torch = false;
    video.srcObject = null;
  }

  function fail(problem: CameraProblem): void {
    stop();
    events.problem(problem);
  }

  function stop(): void {
    opening++;
    running = false;
    clearInterval(watch);
    watch = undefined;
    close();
  }

  /** Opens the camera again, later each time, until it gives pictures or is given up. */
  async function recover(): Promise<void> {
    const delay = RETRY_AFTER[failures++];
    if (delay === undefined) return fail("camera_lost");
    const turn = ++opening;
    close();
    await new Promise((done) => setTimeout(done, delay));
    if (turn === opening) await open();
  }

  /** Each second: does the camera still give pictures, does anyone still scan? */
  function look(): void {
    const now = performance.now();
    if (document.hidden || !running || !stream) {
      lastPicture = lastCode = now;
      return;
    }
    if (video.currentTime !== lastTime) {
      lastTime = video.currentTime;
      lastPicture = now;
      failures = 0;
    }
    if (now - lastPicture > STALLED || track()?.readyState === "ended") {
      lastPicture = now;
      void recover();
    } else if (events.idle && now - lastCode > IDLE) {
      wanted = running = false;
      events.idle();
    }
  }

  function next(): void {
    if (!running || looking) return;
    looking = true;
    const go = (): void =>
      void tryOnce().finally(() => {
        looking = false;
        next();
      });
    if ("requestVideoFrameCallback" in video && !document.hidden)
      // A stalled stream never calls back: the watch starts a new one, and this is let go.
      waitForFrame(video).then(go);
    else setTimeout(go, NO_CALLBACK);
  }

  async function tryOnce(): Promise<void> {
    const { videoWidth: width, videoHeight: height } = video;
    if (!running || !width || document.hidden) return;
    const plan = planOf(attempt++, costs);
    const grabbedAt = performance.now();
    const area = plan.middle ? middleOf(width, height) : { x: 0, y: 0, width, height };
    try {
      // Now and then by way of a drawing: should a phone's own frames be bad, codes are found still.
      const grabbed = await grabFrame(video, area, plan.effort === "fast");
      const texts = await decoder.decode(grabbed.image, plan.effort, grabbed.area);
      costs = costsAfter(costs, plan, performance.now() - grabbedAt);
      if (texts.length === 0 || !running) return;
      lastCode = performance.now();
      events.found(texts, grabbedAt);
    } catch {
      // no picture this time
    }
  }

  async function change(set: Change): Promise<void> {
    await track()?.applyConstraints({ advanced: [set] });
  }

  return {
    start(id) {
      cameraId = id;
      wanted = true;
      failures = 0;
      return open();
    },
    pause() {
      wanted = running = false;
    },
    resume() {
      wanted = true;
      if (running || !stream) return;
      running = true;
      lastPicture = lastCode = performance.now();
      if (track()?.readyState !== "live") void recover();
      else next();
    },
    stop,
    async cameras() {
      const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
      return devices
        .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId)
        .map(({ deviceId, label }) => ({ id: deviceId, label, front: FRONT.test(label) }));
    },
    get torch() {
      return abilities().torch ? torch : null;
    },
    async setTorch(on) {
      if (!abilities().torch) return;
      await change({ torch: on });
      torch = on;
    },
    get zoom() {
      const { zoom } = abilities();
      if (!zoom || zoom.max <= zoom.min) return null;
      const settings: Settings = track()?.getSettings() ?? {};
      return {
        min: zoom.min,
        max: zoom.max,
        step: zoom.step ?? 0.1,
        value: settings.zoom ?? zoom.min,
      };
    },
    async setZoom(value) {
      if (abilities().zoom) await change({ zoom: value });
    },
  };
}

function waitForFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, STALLED);
    video.requestVideoFrameCallback(() => {
      clearTimeout(timer);
      done();
    });
  });
}

function end(track: MediaStreamTrack): void {
  track.stop();
}
