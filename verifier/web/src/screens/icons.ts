/** The page's drawings: one shape for each look of a verdict, so that none needs its colour. */

import { svg } from "../dom";
import type { Look } from "./view";

type Drawing = readonly [shape: string, glyph: string];

const CIRCLE = "M32 4a28 28 0 1 1 0 56a28 28 0 1 1 0-56z";
const TICK = "M18 33l10 10 19-21";
const CROSS = "M21 21l22 22M43 21L21 43";
const QUESTION = "M23 25c0-12 18-12 18 0c0 7-9 7-9 14M32 46v2";

const DRAWINGS: { readonly [look in Look]: Drawing } = {
  valid: [CIRCLE, TICK],
  warned: ["M57 26A26 26 0 1 0 26 57M46 34L62 62H30z", "M17 30l9 9 16-18M46 45v7M46 56v1"],
  demo: ["M32 2L62 32 32 62 2 32z", "M32 17L47 32 32 47 17 32z"],
  revoked: [CIRCLE, "M13 13l38 38"],
  expired: [CIRCLE, "M32 16v17l11 8M50 4l10 10"],
  suspended: ["M6 6h52v52H6z", "M32 18v19M32 45v2"],
  invalid: ["M20 3h24l17 17v24L44 61H20L3 44V20z", CROSS],
  undecided: [CIRCLE, QUESTION],
  not_ours: ["M6 18V6h12M46 6h12v12M58 46v12H46M18 58H6V46", QUESTION],
};

/** The mark of a verdict; words always stand beside it. */
export function markOf(look: Look): Element {
  const [shape, glyph] = DRAWINGS[look];
  return svg(
    "svg",
    { viewBox: "0 0 64 64", class: "mark", "aria-hidden": "true" },
    svg("path", { class: "shape", d: shape }),
    svg("path", { d: glyph }),
  );
}

const PICTURES = {
  scan: "M4 14V4h10M34 4h10v10M44 34v10H34M14 44H4V34M4 24h40",
  picture: "M5 9h38v30H5zM5 33l11-11 9 9 6-6 12 10M33 17v1",
  home: "M6 15V6h9M33 6h9v9M42 33v9h-9M15 42H6v-9M16 24l6 6 11-12",
  ready: "M24 4l17 6v13c0 10-7 17-17 21C14 40 7 33 7 23V10zM16 24l6 6 10-11",
  session: "M8 6h32v36H8zM15 16h18M15 24h18M15 32h11",
  settings: "M6 14h20M36 14h6M6 34h6M22 34h20M31 9v10M17 29v10",
  back: "M29 8L13 24l16 16",
};

/** A picture for a button; its words stand beside it. */
export function picture(name: keyof typeof PICTURES): Element {
  return svg(
    "svg",
    { viewBox: "0 0 48 48", class: "picture", "aria-hidden": "true" },
    svg("path", { d: PICTURES[name] }),
  );
}
