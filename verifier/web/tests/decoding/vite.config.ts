/** Builds the page that tests/browser/test_decoding.py opens: the real decoder and nothing else. */

import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  worker: { format: "iife" },
  build: { target: "es2020", emptyOutDir: true, assetsInlineLimit: 0, reportCompressedSize: false },
});
