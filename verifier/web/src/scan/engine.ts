/** What a decoder's engine does, and how hard it may try. */

import type { Grey } from "./grey";

/** `fast` for each frame of a camera, `full` for every few of them, `picture` when there is just one. */
export type Effort = "fast" | "full" | "picture";

export const MAX_CODES = 8; // in one picture: two are already one too many for the camera

export interface Engine {
  readonly name: "zxing" | "plain";
  /** The texts of the QR codes in a picture. */
  read(picture: Grey, effort: Effort): Promise<readonly string[]> | readonly string[];
}
