/** Leaves out Vite's preloading of chunks: ours are in the cache already, or beside it on the same host. */

import type { Plugin } from "vite";

const HELPER = "\0vite/preload-helper.js";

/** Makes a dynamic import just that. */
export function lean(): Plugin {
  return {
    name: "zhengyin-lean",
    enforce: "pre",
    load: (id) => (id === HELPER ? "export const __vitePreload = (load) => load();" : null),
  };
}
