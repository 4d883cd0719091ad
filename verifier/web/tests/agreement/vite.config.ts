/** Builds the page of tests/browser/agreement.py, into the folder that the command line names. */

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { codes } from "../../plugins/codes";

export default defineConfig({
  root: fileURLToPath(new URL("./", import.meta.url)),
  base: "./",
  plugins: [codes()],
  build: { target: "es2020", modulePreload: false, reportCompressedSize: false },
});
