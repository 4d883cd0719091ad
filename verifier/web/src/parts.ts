/** Where the decoder's worker and its WebAssembly lie; the single file has both inside itself (plugins/single.ts). */

import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import worker from "./scan/decode.worker?worker&url";

/** The address of the worker's script, a classic one. */
export const workerUrl = (): string => worker;

/** The decoder's WebAssembly: its address, or its bytes. */
export const wasm = (): string | Uint8Array<ArrayBuffer> => new URL(wasmUrl, location.href).href;
