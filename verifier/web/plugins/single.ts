/** The page as one file for a memory stick: script, style, worker and WebAssembly inside, no address asked. */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build, type InlineConfig, type Plugin, type Rolldown } from "vite";
import { codes } from "./codes.ts";
import { lean } from "./lean.ts";
import { policyMeta, singlePolicy } from "./policy.ts";
import { SEAL_URL } from "./seal.ts";
import { trimmed } from "./trim-wasm.ts";
import { deflate } from "./zopfli.ts";

const ENTRY = "virtual:single";
const WASM = "zxing-wasm/reader/zxing_reader.wasm";
const OUTPUT = "single.html";

/** Writes `single.html` from the sources under `root` into `outDir`. */
export async function buildSingle(root: string, outDir: string): Promise<void> {
  const worker = scriptOf(await bundle(root, join(root, "src/scan/decode.worker.ts"), []));
  const { wasm } = trimmed(readFileSync(createRequire(import.meta.url).resolve(WASM)));
  const packed = Buffer.from(await deflate(wasm)).toString("base64url");
  const parts =
    `import { decode } from "./core/base64url"; import { inflateRaw } from "./core/inflate";` +
    `const worker = ${JSON.stringify(worker)};` +
    `export const workerUrl = () => URL.createObjectURL(new Blob([worker], { type: "text/javascript" }));` +
    `export const wasm = () => inflateRaw(decode("${packed}"), { max: ${wasm.length} }).output;`;
  const output = await bundle(root, ENTRY, [
    {
      name: "zhengyin-single",
      enforce: "pre",
      resolveId: (id) => (id === ENTRY ? `\0${ENTRY}` : null),
      load(id) {
        if (id === `\0${ENTRY}`) return `import "/src/styles.css"; import "/src/main.ts";`;
        return id === join(root, "src/parts.ts") ? parts : null;
      },
    },
  ]);
  const html = readFileSync(join(root, "index.html"), "utf8");
  writeFileSync(join(outDir, OUTPUT), assemble(html, scriptOf(output), styleOf(output)));
}

/** `html` with everything that it names put inside it. */
export function assemble(html: string, script: string, style: string): string {
  const safe = script.replace(/<(?=\/script|script|!--)/gi, "\\x3c"); // HTML §4.12.1.3
  const head =
    policyMeta(singlePolicy(safe, style)) +
    `<link rel="icon" href="${SEAL_URL}" /><style>${style}</style>`;
  const body = `<script type="application/json" id="embedded">null</script><script>${safe}</script>`;
  return html
    .replace(/\s*<link rel="stylesheet"[^>]*>/g, "")
    .replace(/\s*<script type="module"[^>]*><\/script>/g, "")
    .replace(`<meta charset="utf-8" />`, (charset) => charset + head)
    .replace("</body>", () => `${body}</body>`);
}

type Output = Rolldown.RolldownOutput["output"];

/** One classic script out of `entry` and all that it imports. */
async function bundle(root: string, entry: string, plugins: Plugin[]): Promise<Output> {
  const config: InlineConfig = {
    root,
    configFile: false,
    logLevel: "warn",
    plugins: [codes(), lean(), ...plugins],
    build: {
      target: "es2020",
      write: false,
      cssCodeSplit: false, // else the script would make the style element, which the policy forbids
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        output: { format: "iife", codeSplitting: false },
      },
    },
  };
  const built = await build(config);
  if (Array.isArray(built) || !("output" in built)) throw new Error("one output was expected");
  return built.output;
}

function scriptOf(output: Output): string {
  const [chunk, ...others] = output.filter((file) => file.type === "chunk");
  if (!chunk || others.length) throw new Error("one script was expected");
  return chunk.code;
}

function styleOf(output: Output): string {
  const style = output.find(({ fileName }) => fileName.endsWith(".css"));
  if (style?.type !== "asset") throw new Error("one style was expected");
  return String(style.source);
}
