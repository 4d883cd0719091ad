/** Tells the service worker which files make this version of the page, each by its hash. */

import { createHash } from "node:crypto";
import type { Plugin } from "vite";

export const WORKER = "sw.js";
const PAGE = "index.html";
// For the server and for lawyers; kept by the browser itself; looked at once, when the page goes to the home screen.
const NOT_KEPT = /^headers\.json$|^licenses\.txt$|^sw\.js$|\.png$/;

/** Whether the service worker keeps the file `name`. */
export const isKept = (name: string): boolean => !NOT_KEPT.test(name);

/** [path, Subresource Integrity] of each file of the page, in one order whatever built it. */
export function precached(
  files: Readonly<Record<string, string | Uint8Array>>,
): readonly (readonly [path: string, integrity: string])[] {
  return Object.entries(files)
    .filter(([name]) => isKept(name))
    .map(([name, data]) => {
      const hash = createHash("sha256").update(data).digest("base64");
      return [name === PAGE ? "./" : name, `sha256-${hash}`] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What stands before the service worker's script. */
export function preamble(files: ReturnType<typeof precached>): string {
  const list = JSON.stringify(files);
  const version = createHash("sha256").update(list).digest("hex").slice(0, 16);
  return `const FILES=${list},VERSION="${version}",PIN="unpinned";`;
}

/** Completes `sw.js` once everything else is built. */
export function precache(): Plugin {
  return {
    name: "zhengyin-precache",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== "chunk") throw new Error(`${WORKER} was not built`);
        const files = Object.values(bundle).map((file) => [
          file.fileName,
          file.type === "chunk" ? file.code : file.source,
        ]);
        worker.code = preamble(precached(Object.fromEntries(files))) + worker.code;
      },
    },
  };
}
