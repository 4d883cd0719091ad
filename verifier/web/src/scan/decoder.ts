/** Reads QR codes out of pictures in a worker, one at a time; one that hangs is replaced. */

import { scriptUrl } from "../dom";
import { wasm, workerUrl } from "../parts";
import type { Answer, Image, Message, Request } from "./decode.worker";
import type { Effort, Engine } from "./engine";
import type { Area } from "./grey";

const PATIENCE = 3_000; // ms for a frame of up to `FRAME`; nothing that can be read takes as long
const FRAME = 2_100_000; // pixels: 1920 × 1080

export interface Decoder {
  readonly engine: Engine["name"];
  /** The texts of the codes in `image`, which is used up: none when it cannot be read. */
  decode(image: Image, effort: Effort, area?: Area): Promise<readonly string[]>;
  close(): void;
}

interface Port {
  ask(message: Message, patience: number): Promise<Answer>;
  close(): void;
}

/** The decoder, as soon as it can read: in a worker, or where none can be had without. */
export async function createDecoder(): Promise<Decoder> {
  const { open, first } = await firstOf([worker, here]);
  let port: Port | null = first.port;
  let last: Promise<unknown> = Promise.resolve();

  async function decode(request: Request): Promise<readonly string[]> {
    try {
      port ??= (await opened(open)).port;
      const answer = await port.ask(request, patience(request));
      return typeof answer === "string" ? [] : answer;
    } catch {
      port?.close();
      port = null;
      return [];
    }
  }

  return {
    engine: first.engine,
    decode(image, effort, area) {
      const texts = last.then(() => decode({ image, effort, area: area ?? null }));
      last = texts;
      return texts;
    },
    close() {
      port?.close();
    },
  };
}

type Open = () => Port | Promise<Port>;
type Opened = { readonly port: Port; readonly engine: Engine["name"] };

async function firstOf(ways: readonly Open[]): Promise<{ open: Open; first: Opened }> {
  let reason: unknown;
  for (const open of ways) {
    try {
      return { open, first: await opened(open) };
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

async function opened(open: Open): Promise<Opened> {
  const port = await open();
  const engine = await port.ask({ wasm: wasm() }, Number.POSITIVE_INFINITY); // a slow network
  if (typeof engine !== "string") throw new Error("no engine");
  return { port, engine };
}

function worker(): Port {
  const running = new Worker(scriptUrl(workerUrl()));
  let fail: (reason: Error) => void = () => {};
  return {
    ask: (message, ms) =>
      new Promise((resolve, reject) => {
        const timer = Number.isFinite(ms) ? setTimeout(() => fail(new Error("hangs")), ms) : 0;
        fail = (reason) => {
          clearTimeout(timer);
          reject(reason);
        };
        running.onmessage = ({ data }: MessageEvent<Answer>) => {
          clearTimeout(timer);
          resolve(data);
        };
        running.onerror = () => fail(new Error("no worker"));
        running.postMessage(message, moved(message));
      }),
    close() {
      running.terminate();
      fail(new Error("closed"));
    },
  };
}

/** The worker's own file, run in the page. */
async function here(): Promise<Port> {
  await import(/* @vite-ignore */ scriptUrl(workerUrl()));
  const answer = globalThis.decodeHere;
  if (!answer) throw new Error("no decoder");
  return { ask: answer, close() {} };
}

function moved(message: Message): Transferable[] {
  if ("wasm" in message) return [];
  const { image } = message;
  return ["data" in image ? image.data.buffer : image];
}

/** How long a picture may take: large ones more. */
export function patience({ image, area }: Request): number {
  const [width, height] =
    "codedWidth" in image ? [image.codedWidth, image.codedHeight] : [image.width, image.height];
  const pixels = area ? area.width * area.height : width * height;
  return PATIENCE * Math.max(1, pixels / FRAME);
}
