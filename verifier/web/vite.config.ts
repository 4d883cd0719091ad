/** How the page is built and its tests are run; each step is a plugin of its own. */

import { defineConfig } from "vitest/config";
import { codes } from "./plugins/codes.ts";
import { lean } from "./plugins/lean.ts";
import { licensing } from "./plugins/licenses.ts";
import { policy } from "./plugins/policy.ts";
import { precache, WORKER } from "./plugins/precache.ts";
import { publish } from "./plugins/publish.ts";
import { seal } from "./plugins/seal.ts";
import { trimWasm } from "./plugins/trim-wasm.ts";

export default defineConfig({
  base: "./", // the page may lie anywhere on a host
  plugins: [codes(), lean(), trimWasm(), policy(), seal(), licensing(), precache(), publish()],
  worker: { format: "iife", plugins: () => [codes()] }, // Firefox before 114 has no module workers
  build: {
    target: "es2020",
    outDir: "../page",
    emptyOutDir: true,
    assetsInlineLimit: 0, // a file of its own is cached, checked by its hash and allowed by the policy
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: "index.html", worker: "src/service-worker.ts" },
      output: {
        entryFileNames: ({ name }) => (name === "worker" ? WORKER : "assets/[name]-[hash].js"),
      },
    },
  },
  test: { include: ["tests/*.test.ts"], testTimeout: 60_000 },
});
