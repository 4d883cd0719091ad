/** Reads the codes in a picture file: at once, then in pieces, then in enlarged pieces. */

import type { Decoder } from "./decoder";
import { grabPart } from "./grab";
import type { Area } from "./grey";
import { pixelsIn } from "./picture-size";

export type PictureProblem = "picture_unreadable" | "picture_too_large" | "no_code" | "pdf_no_code";

const MAX_FILE = 40_000_000; // bytes; a 50-megapixel JPEG of a phone has about 20 MB
const MAX_PIXELS = 50_000_000; // 200 MB in memory
const HEAD = 262_144; // bytes; a JPEG has its size behind what the camera wrote about it
const MAX_WHOLE = 16_000_000; // pixels: iOS draws no more at once
export const TILE = 1_000; // pixels; tiles overlap by half: a code of 500 is whole in one
const ENLARGED = 2; // times, for modules of 2 pixels and less
const MAX_PDF_PICTURES = 20;

/** The file has no codes that could be read; `code` says why. */
export class PictureError extends Error {
  readonly code: PictureProblem;

  constructor(code: PictureProblem) {
    super(code);
    this.code = code;
  }
}

/** The texts of all codes in a picture, or in the photographs of a PDF. */
export async function readPicture(file: Blob, decoder: Decoder): Promise<readonly string[]> {
  if (file.size > MAX_FILE) throw new PictureError("picture_too_large");
  const head = new Uint8Array(await file.slice(0, 5).arrayBuffer());
  if (String.fromCharCode(...head) === "%PDF-") return readPdf(file, decoder);
  const texts = await codesIn(file, decoder);
  if (texts.length === 0) throw new PictureError("no_code");
  return texts;
}

/** A scanned page is a JPEG in a PDF. A page that was set is not: it would have to be drawn. */
async function readPdf(file: Blob, decoder: Decoder): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const [start, end] of jpegsIn(new Uint8Array(await file.arrayBuffer()))) {
    const texts = await codesIn(file.slice(start, end), decoder).catch(() => []);
    for (const text of texts) found.add(text);
  }
  if (found.size === 0) throw new PictureError("pdf_no_code");
  return [...found];
}

/** [start, end] of each JPEG stream (ISO 32000-1 §7.4.8) in a PDF. */
export function jpegsIn(pdf: Uint8Array): readonly (readonly [number, number])[] {
  const text = new TextDecoder("latin1").decode(pdf); // a character a byte
  const found: [number, number][] = [];
  for (let at = 0; found.length < MAX_PDF_PICTURES; ) {
    const start = text.indexOf("ÿØÿ", at);
    const end = text.indexOf("endstream", start);
    if (start < 0 || end < 0) break;
    if (/stream\r?\n$/.test(text.slice(start - 8, start))) found.push([start, end]);
    at = end;
  }
  return found;
}

async function codesIn(file: Blob, decoder: Decoder): Promise<readonly string[]> {
  const pixels = pixelsIn(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  if (pixels > MAX_PIXELS) throw new PictureError("picture_too_large");
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new PictureError("picture_unreadable");
  }
  try {
    if (picture.width * picture.height > MAX_PIXELS) throw new PictureError("picture_too_large");
    return await look(picture, decoder);
  } finally {
    picture.close();
  }
}

async function look(picture: ImageBitmap, decoder: Decoder): Promise<readonly string[]> {
  const { width, height } = picture;
  const whole = { x: 0, y: 0, width, height };
  const tiles = tilesOf(width, height);
  const stages: readonly (readonly [areas: readonly Area[], scale: number])[] = [
    [[whole], Math.min(1, Math.sqrt(MAX_WHOLE / (width * height)))],
    [tiles.length > 1 ? tiles : [], 1],
    [tiles, ENLARGED],
  ];
  for (const [areas, scale] of stages) {
    const found = new Set<string>();
    for (const area of areas) {
      const image = await grabPart(picture, area, scale);
      for (const text of await decoder.decode(image, "picture")) found.add(text);
    }
    if (found.size > 0) return [...found];
  }
  return [];
}

/** Squares that cover a picture, each half over the next. */
export function tilesOf(width: number, height: number): readonly Area[] {
  const half = TILE / 2;
  const tiles: Area[] = [];
  for (let y = 0; y < Math.max(1, height - half); y += half)
    for (let x = 0; x < Math.max(1, width - half); x += half)
      tiles.push({ x, y, width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) });
  return tiles;
}
