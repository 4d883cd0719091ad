/** Takes a picture out of a video or a part out of a picture, in the form that costs least here. */

import type { Image } from "./decode.worker";
import type { Area } from "./grey";

/** Without it a worker cannot draw, and gets pixels: Safari before 16.4. */
const WORKERS_DRAW = typeof OffscreenCanvas !== "undefined";

let context: CanvasRenderingContext2D | null = null;

/** A whole frame, for a worker to take its `area` of; the camera's own where `asIs` and there is one. */
export async function grabFrame(
  video: HTMLVideoElement,
  area: Area,
  asIs: boolean,
): Promise<{ readonly image: Image; readonly area?: Area }> {
  if (asIs && WORKERS_DRAW && typeof VideoFrame !== "undefined") {
    try {
      return { image: new VideoFrame(video), area };
    } catch {
      // between two frames, or not of a camera: the other way goes too
    }
  }
  return { image: await grabPart(video, area) };
}

/** The `area` of a video or picture, `scale` times as large. */
export async function grabPart(
  source: HTMLVideoElement | ImageBitmap,
  { x, y, width, height }: Area,
  scale = 1,
): Promise<Image> {
  const resizeWidth = Math.round(width * scale);
  const resizeHeight = Math.round(height * scale);
  if (WORKERS_DRAW) {
    const size = scale === 1 ? {} : { resizeWidth, resizeHeight, resizeQuality: "high" as const };
    return createImageBitmap(source, x, y, width, height, size);
  }
  context ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.canvas.width = resizeWidth;
  context.canvas.height = resizeHeight;
  context.drawImage(source, x, y, width, height, 0, 0, resizeWidth, resizeHeight);
  return context.getImageData(0, 0, resizeWidth, resizeHeight);
}
