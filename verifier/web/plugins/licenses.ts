/** The licences of what is built in, in the file that their authors ask for. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

export const LICENSES = "licenses.txt";

const CHANGES =
  "zxing-wasm has zxing-cpp inside (Apache License 2.0, its text below, as of this page itself). " +
  "The WebAssembly file was changed: its tables for East Asian legacy encodings are blank.";

/** The packages that `lock` installs for more than building and testing: folder → version. */
function shipped(lock: string): readonly (readonly [folder: string, version: string])[] {
  const packages: Record<string, { version: string; dev?: boolean }> = JSON.parse(lock).packages;
  return Object.entries(packages)
    .filter(([folder, { dev }]) => folder && !dev)
    .map(([folder, { version }]) => [folder, version] as const);
}

/** Everything that has to be said, for the web sources in `root`. */
export function licenses(root: string): string {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const texts = shipped(lock).map(([folder, version]) => {
    const files = readdirSync(join(root, folder)).filter((name) => /^licen[cs]e/i.test(name));
    if (!files.length) throw new Error(`${folder} has no licence`);
    const text = files.map((name) => readFileSync(join(root, folder, name), "utf8")).join("\n");
    return `${folder.replace(/^.*node_modules\//, "")} ${version}\n\n${text}`;
  });
  const own = readFileSync(join(root, "../../LICENSE"), "utf8");
  return [CHANGES, ...texts, own].join(`\n${"=".repeat(80)}\n\n`);
}

/** Emits `licenses.txt`. */
export function licensing(): Plugin {
  return {
    name: "zhengyin-licenses",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: LICENSES, source: licenses(process.cwd()) });
    },
  };
}
