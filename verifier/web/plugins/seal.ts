/** What a phone's home screen shows: the seal 印, drawn here by its corners, and the web app manifest. */

import { crc32, deflateSync } from "node:zlib";
import type { Plugin } from "vite";

const VERMILION = "#b8321f";
const PAPER = "#fff8ee";
const GRID = 64; // units of the drawing's side
const CORNER = 10; // radius of the seal, units
const SAMPLES = 3; // per pixel and axis, for smooth edges

type Point = readonly [x: number, y: number];

/** 印 as it is cut into a seal, in its frame: on the left a hand, on the right a kneeling figure. */
const STROKES: readonly (readonly Point[])[] = [
  ...frame(5, 2.5),
  corners(13, 23, 5, 24), // the hand: its side,
  [
    [13, 22],
    [27, 12.5],
    [30, 16.5],
    [13, 28],
  ], // the falling stroke on top,
  corners(13, 29, 16, 5), // and two fingers
  corners(13, 43, 16, 5),
  corners(34, 16, 5, 37), // the figure: its back,
  corners(34, 16, 17, 5), // the shoulder,
  corners(46, 16, 5, 23), // the arm
  [
    [46, 39],
    [51, 39],
    [47.5, 43.5],
    [41, 43.5],
    [41, 39],
  ], // and the hand on its knee
];

function corners(x: number, y: number, width: number, height: number): readonly Point[] {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

function frame(margin: number, width: number): readonly (readonly Point[])[] {
  const [side, far] = [GRID - 2 * margin, GRID - margin - width];
  return [
    corners(margin, margin, side, width),
    corners(margin, far, side, width),
    corners(margin, margin, width, side),
    corners(far, margin, width, side),
  ];
}

/** The drawing, with square corners where the phone cuts its own. */
function svg(corner: number): string {
  const path = STROKES.map((points) => `M${points.join(" ")}z`).join("");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${GRID} ${GRID}">` +
    `<rect width="${GRID}" height="${GRID}" rx="${corner}" fill="${VERMILION}"/>` +
    `<path fill="${PAPER}" d="${path}"/></svg>`
  );
}

/** Whether the point is in the seal, whose corners are round. */
function inSeal(x: number, y: number, corner: number): boolean {
  const dx = Math.max(corner - x, x - (GRID - corner), 0);
  const dy = Math.max(corner - y, y - (GRID - corner), 0);
  return dx * dx + dy * dy <= corner * corner;
}

/** The sides of each stroke: convex, its corners clockwise, so that a·x + b·y ≥ c within. */
const SIDES = STROKES.map((points) =>
  points.map(([x1, y1], at) => {
    const [x2, y2] = points[(at + 1) % points.length] ?? [x1, y1];
    return { a: y1 - y2, b: x2 - x1, c: x2 * y1 - x1 * y2 };
  }),
);

function inStroke(x: number, y: number): boolean {
  return SIDES.some((sides) => sides.every(({ a, b, c }) => a * x + b * y >= c - 1e-9));
}

/** The drawing as a PNG of `side` pixels (ISO/IEC 15948), its strokes drawn smaller by `scale`. */
export function png(side: number, corner: number, scale: number): Buffer {
  const [seal, stroke] = [rgb(VERMILION), rgb(PAPER)];
  const rows = Buffer.alloc(side * (1 + 4 * side)); // each begins with 0: it is not filtered (§9)
  const step = GRID / side / SAMPLES;
  const centred = (at: number) => (at - GRID / 2) / scale + GRID / 2;
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [column, row] = [pixel % side, Math.floor(pixel / side)];
    let [covered, stroked] = [0, 0];
    for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
      const x = (column * SAMPLES + (sample % SAMPLES) + 0.5) * step;
      const y = (row * SAMPLES + Math.floor(sample / SAMPLES) + 0.5) * step;
      if (!inSeal(x, y, corner)) continue;
      covered++;
      if (inStroke(centred(x), centred(y))) stroked++;
    }
    const share = stroked / Math.max(covered, 1);
    const color = seal.map((value, at) => value + ((stroke[at] ?? 0) - value) * share);
    rows.set([...color, (255 * covered) / SAMPLES ** 2].map(Math.round), 1 + row + 4 * pixel);
  }
  const size = Buffer.alloc(13);
  size.writeUInt32BE(side, 0);
  size.writeUInt32BE(side, 4);
  size.set([8, 6], 8); // bits a channel; red, green, blue, alpha (§11.2.2)
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", size),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function rgb(color: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

const MANIFEST = {
  id: "./",
  name: "证印核验 Zhengyin",
  short_name: "证印核验",
  description: "扫码核验证书，断网可用。Check certificates by their QR code, without a network.",
  lang: "zh-CN",
  start_url: "./",
  scope: "./",
  display: "standalone",
  background_color: "#ffffff",
  theme_color: "#ffffff",
  icons: [
    { src: "seal.svg", sizes: "any", type: "image/svg+xml" },
    { src: "seal-192.png", sizes: "192x192", type: "image/png" },
    { src: "seal-512.png", sizes: "512x512", type: "image/png" },
    { src: "seal-maskable.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
};

/** The icon in an address of its own, for the single file. */
export const SEAL_URL = `data:image/svg+xml,${encodeURIComponent(svg(CORNER))}`;

/** Draws the icons, writes the manifest and links them from the page. */
export function seal(): Plugin {
  return {
    name: "zhengyin-seal",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "link", attrs: { rel: "icon", href: "./seal.svg", type: "image/svg+xml" } },
      { tag: "link", attrs: { rel: "apple-touch-icon", href: "./seal-180.png" } },
      { tag: "link", attrs: { rel: "manifest", href: "./manifest.webmanifest" } },
    ],
    generateBundle() {
      const files = {
        "manifest.webmanifest": JSON.stringify(MANIFEST),
        "seal.svg": svg(CORNER),
        "seal-180.png": png(180, 0, 1), // iOS rounds the corners itself and knows no transparency
        "seal-192.png": png(192, CORNER, 1),
        "seal-512.png": png(512, CORNER, 1),
        "seal-maskable.png": png(512, 0, 0.8), // W3C App Manifest §1.9.3: safe zone of 80 %
      };
      for (const [fileName, source] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName, source });
      }
    },
  };
}
