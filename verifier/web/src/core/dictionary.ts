/**
 * The dictionaries of the QR code: words that every reader knows (schemas/README.md §3.2).
 *
 * `v1.bin` is immutable once released: paper lives for decades. Its digest is pinned here and in
 * Python. It is UTF-8, three parts with a line feed between: the characters; the words, a comma
 * between; the skeletons, a NUL between. The third part is also the preset dictionary of DEFLATE.
 */

import text from "../../../../schemas/dictionary/v1.bin?raw";
import { utf8 } from "./bytes";

export const V1_SHA256 = "09293d7cfd086c8f3e34828fedba3f1d5267875d2789840ab7eaf939e21bc086";

/** What a version byte stands for. */
export interface Dictionary {
  /** By number: characters, then words. */
  readonly entries: readonly string[];
  /** By number. */
  readonly skeletons: readonly string[];
  /** The preset dictionary of DEFLATE, for other skeletons. */
  readonly preset: Uint8Array;
}

function read(file: string): Dictionary {
  const [characters = "", words = "", ...rest] = file.split("\n");
  const preset = rest.join("\n");
  return {
    entries: [...characters, ...words.split(",")],
    skeletons: preset.split("\0"),
    preset: utf8(preset),
  };
}

/** Version → dictionary; 255 is the one without words. */
export const DICTIONARIES: ReadonlyMap<number, Dictionary> = new Map([
  [1, read(text)],
  [255, { entries: [], skeletons: [], preset: new Uint8Array() }],
]);
