/** The camera as the page has it: opened once a visit, kept across verdicts; its code is loaded then. */

import type { Decoder } from "../scan/decoder";
import type { CameraProblem, Scanner } from "../scan/scanner";
import type { Settings } from "../settings";

export interface Camera {
  readonly on: boolean;
  readonly idle: boolean; // nothing came for two minutes: it waits for a touch
  readonly problem: CameraProblem | "scanner_failed" | null;
  readonly scanner: Scanner | null;
  readonly cameras: Awaited<ReturnType<Scanner["cameras"]>>;
  readonly engine: Decoder["engine"] | null;
  decoder(): Promise<Decoder>;
  /** Loads all its code now, while there is a network. */
  prepare(): Promise<void>;
  /** Opens it, or goes on where it was paused. */
  start(): Promise<void>;
  /** It keeps its stream for a while, so that people are asked once a visit. */
  pause(): void;
  stop(): void;
  /** Opens the camera that is wished for now, if one is open. */
  restart(): void;
  light(on: boolean): Promise<void>;
}

const PAUSE = 120_000; // ms after which a paused camera is let go: it warms the hand

type Wishes = Pick<Settings, "camera" | "torch" | "continuous">;

export function createCamera(
  video: HTMLVideoElement,
  wishes: () => Wishes,
  found: (texts: readonly string[], grabbedAt: number) => void,
  changed: () => void,
): Camera {
  let loading: Promise<Decoder> | null = null;
  let pausing: ReturnType<typeof setTimeout> | undefined;
  let starting = false;
  const camera: { -readonly [member in keyof Camera]: Camera[member] } = {
    on: false,
    idle: false,
    problem: null,
    scanner: null,
    cameras: [],
    engine: null,
    async decoder() {
      loading ??= import("../scan/decoder").then(({ createDecoder }) => createDecoder());
      try {
        const decoder = await loading;
        camera.engine = decoder.engine;
        return decoder;
      } catch (error) {
        loading = null; // the next try may have a network
        throw error;
      }
    },
    async prepare() {
      await Promise.all([scanner(), import("../scan/pictures")]);
    },
    async start() {
      clearTimeout(pausing);
      camera.idle = false;
      if (camera.on) camera.scanner?.resume();
      if (camera.on || starting) return;
      starting = true;
      camera.problem = null;
      changed();
      try {
        await (await scanner()).start(wishes().camera ?? undefined);
      } catch {
        if (!camera.problem) fail("scanner_failed");
      }
      starting = false;
    },
    pause() {
      if (!camera.on) return;
      camera.scanner?.pause();
      clearTimeout(pausing);
      pausing = setTimeout(camera.stop, PAUSE);
    },
    stop() {
      clearTimeout(pausing);
      camera.scanner?.stop();
      camera.on = false;
    },
    restart() {
      if (!camera.on) return;
      camera.stop();
      void camera.start();
    },
    async light(on) {
      await camera.scanner?.setTorch(on);
      changed();
    },
  };

  function fail(problem: NonNullable<Camera["problem"]>): void {
    camera.problem = problem;
    camera.on = false;
    changed();
  }

  async function scanner(): Promise<Scanner> {
    camera.scanner ??= await build();
    return camera.scanner;
  }

  async function build(): Promise<Scanner> {
    const [{ createScanner }, decoder] = await Promise.all([
      import("../scan/scanner"),
      camera.decoder(),
    ]);
    return createScanner(video, decoder, {
      found,
      problem: fail,
      started: () => void begun(),
      idle() {
        if (wishes().continuous) return camera.scanner?.resume(); // a stand waits all day
        camera.idle = true;
        changed();
      },
    });
  }

  async function begun(): Promise<void> {
    camera.on = true;
    camera.problem = null;
    camera.idle = false;
    changed();
    const { scanner } = camera;
    if (!scanner) return;
    camera.cameras = await scanner.cameras();
    if (wishes().torch && scanner.torch === false) await scanner.setTorch(true);
    changed();
  }

  return camera;
}
