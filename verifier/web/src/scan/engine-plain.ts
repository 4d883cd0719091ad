/** The engine where WebAssembly is missing or forbidden: plain JavaScript, slower and less patient. */

import { decodeQRBatch } from "qr/decode.js";
import type { Effort, Engine } from "./engine";
import { type Grey, smoothed } from "./grey";

const PATIENCE = { fast: 50, full: 200, picture: 1000 }; // ms for second looks

export const plain: Engine = {
  name: "plain",
  async read(picture: Grey, effort: Effort) {
    const found = effort === "full" ? [] : await look(picture, PATIENCE[effort]);
    return found.length > 0 || effort === "fast"
      ? found
      : look(smoothed(picture), PATIENCE[effort]);
  },
};

async function look({ data, width, height }: Grey, timeLimit: number): Promise<readonly string[]> {
  const planes = new Uint8Array(data.length * 3); // it looks at the first plane only
  planes.set(data);
  const maxSize = { width, height };
  const image = { data: planes, width, height };
  const [results] = await decodeQRBatch([image], { format: "I444", timeLimit, maxSize });
  return [...new Set(results?.filter((text) => typeof text === "string"))];
}
