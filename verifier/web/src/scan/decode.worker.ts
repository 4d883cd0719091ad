/** The decoder's worker: it takes pictures one at a time and answers with the texts in each. */

import type { Effort, Engine } from "./engine";
import { plain } from "./engine-plain";
import { openZxing } from "./engine-zxing";
import { type Area, type Grey, greyOf } from "./grey";

export type Image = ImageData | ImageBitmap | VideoFrame;

export interface Request {
  readonly image: Image;
  readonly effort: Effort;
  readonly area: Area | null;
}

/** First where the WebAssembly is, then pictures. */
export type Message = { readonly wasm: string | Uint8Array<ArrayBuffer> } | Request;

/** First the engine's name, then the texts of each picture. */
export type Answer = Engine["name"] | readonly string[];

declare global {
  /** Left behind by this file where it is run without a worker. */
  var decodeHere: ((message: Message) => Promise<Answer>) | undefined;
}

let engine: Engine = plain;
let canvas: OffscreenCanvas | undefined;

async function answer(message: Message): Promise<Answer> {
  if ("wasm" in message) {
    engine = await openZxing(message.wasm).catch(() => plain);
    return engine.name;
  }
  const { image, effort, area } = message;
  try {
    return await engine.read(await pixels(image, area), effort);
  } finally {
    if ("close" in image) image.close();
  }
}

async function pixels(image: Image, area: Area | null): Promise<Grey> {
  if ("data" in image) return greyOf(image.data, image.width, image.height);
  const [width, height] =
    "codedWidth" in image ? [image.displayWidth, image.displayHeight] : [image.width, image.height];
  const part = area ?? { x: 0, y: 0, width, height };
  return ("codedWidth" in image && (await luminance(image, area))) || drawn(image, part);
}

/** The first plane of a camera's frame is its grey picture: nothing to convert. */
async function luminance(frame: VideoFrame, area: Area | null): Promise<Grey | null> {
  if (!/^(I4..|NV12)$/.test(frame.format ?? "")) return null;
  const { displayWidth, displayHeight, visibleRect } = frame;
  if (visibleRect?.width !== displayWidth || visibleRect.height !== displayHeight) return null;
  try {
    const rect = {
      x: visibleRect.x + (area?.x ?? 0),
      y: visibleRect.y + (area?.y ?? 0),
      width: area?.width ?? displayWidth,
      height: area?.height ?? displayHeight,
    };
    const data = new Uint8Array(frame.allocationSize({ rect }));
    const [plane] = await frame.copyTo(data, { rect });
    const { width, height } = rect;
    if (!plane) return null;
    if (plane.offset === 0 && plane.stride === width)
      return { data: data.subarray(0, width * height), width, height };
    const rows = new Uint8Array(width * height);
    for (let row = 0; row < height; row++) {
      const from = plane.offset + row * plane.stride;
      rows.set(data.subarray(from, from + width), row * width);
    }
    return { data: rows, width, height };
  } catch {
    return null; // a frame in the graphics memory only, or an odd corner: it can still be drawn
  }
}

function drawn(image: ImageBitmap | VideoFrame, { x, y, width, height }: Area): Grey {
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.clearRect(0, 0, width, height);
  context.drawImage(image, -x, -y);
  return greyOf(context.getImageData(0, 0, width, height).data, width, height);
}

if (typeof document === "undefined") {
  let last: Promise<unknown> = Promise.resolve();
  self.onmessage = ({ data }: MessageEvent<Message>) => {
    last = last.then(async () => self.postMessage(await answer(data).catch(() => [])));
  };
} else globalThis.decodeHere = answer;
