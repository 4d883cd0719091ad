/** The test vectors that Python and TypeScript have in common (tests/vectors/README.md). */

import { readFileSync } from "node:fs";

const FOLDER = new URL("../../../tests/vectors/", import.meta.url);

/** The vectors of one file, `layers/base64url`. */
export function vectors<T>(path: string): readonly (T & { readonly name: string })[] {
  return JSON.parse(readFileSync(new URL(`${path}.json`, FOLDER), "utf8")).vectors;
}
