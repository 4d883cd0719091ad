/** The last steps of a build, once its files are written: the single file, compression, the scales. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin, ResolvedConfig } from "vite";
import { isKept, WORKER } from "./precache.ts";
import { buildSingle } from "./single.ts";
import { compress, weigh } from "./weight.ts";

/** Makes the built folder what is published. */
export function publish(): Plugin {
  let config: ResolvedConfig;
  let offline: readonly string[] = [];
  return {
    name: "zhengyin-publish",
    apply: "build",
    configResolved(resolved) {
      config = resolved;
    },
    writeBundle(_, bundle) {
      offline = [WORKER, ...Object.keys(bundle).filter(isKept)];
    },
    async closeBundle(error?: Error) {
      if (error) return;
      const folder = join(config.root, config.build.outDir);
      await buildSingle(config.root, folder);
      const html = readFileSync(join(folder, "index.html"), "utf8");
      config.logger.info(weigh(await compress(folder), html, offline));
    },
  };
}
