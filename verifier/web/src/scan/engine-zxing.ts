/** The engine of nearly every phone: zxing-cpp as WebAssembly. */

import { prepareZXingModule, type ZXingReaderModule } from "zxing-wasm/reader";
import { type Effort, type Engine, MAX_CODES } from "./engine";
import { type Grey, smoothed } from "./grey";

declare global {
  /** What Emscripten's own types would say of the parts used here. */
  interface EmscriptenModule {
    locateFile(): string;
    wasmBinary: Uint8Array<ArrayBuffer>;
    readonly HEAPU8: Uint8Array;
    _malloc(length: number): number;
    _free(at: number): void;
  }
}

const FAST = {
  // Not Micro QR: a corner of a blurred QR code can read as one.
  formats: "QRCodeModel2",
  tryHarder: false,
  tryRotate: false,
  tryInvert: false,
  tryDownscale: false,
  tryDenoise: false,
  isPure: false,
  binarizer: 0, // average of the neighbourhood: a histogram of the whole fails in uneven light
  downscaleThreshold: 500, // pixels
  downscaleFactor: 2, // at 3 the modules of 5 pixels that blur asks to be shrunk are gone
  maxNumberOfSymbols: MAX_CODES,
  minLineCount: 2,
  validateOptionalChecksum: false,
  returnErrors: false,
  eanAddOnSymbol: 0,
  textMode: 0, // plain: the bytes as text, nothing escaped
  characterSet: 0, // guessed; ours are ASCII
  tryCode39ExtendedMode: false,
};

const FULL = { ...FAST, tryHarder: true, tryRotate: true, tryInvert: true, tryDownscale: true };

/** Starts zxing. `wasm`: its address on our own host, or its bytes; never the CDN of its default. */
export async function openZxing(wasm: string | Uint8Array<ArrayBuffer>): Promise<Engine> {
  const overrides = typeof wasm === "string" ? { locateFile: () => wasm } : { wasmBinary: wasm };
  const module = await prepareZXingModule({ overrides, fireImmediately: true });
  const read = (picture: Grey, options: typeof FAST) => readWith(module, picture, options);
  return {
    name: "zxing",
    read(picture: Grey, effort: Effort) {
      if (effort === "fast") return read(picture, FAST);
      const found = effort === "picture" ? read(picture, FULL) : [];
      return found.length > 0 ? found : read(smoothed(picture), FULL);
    },
  };
}

function readWith(
  module: ZXingReaderModule,
  { data, width, height }: Grey,
  options: typeof FAST,
): readonly string[] {
  const at = module._malloc(data.length);
  if (!at) return []; // out of memory
  try {
    module.HEAPU8.set(data, at);
    const results = module.readBarcodesFromPixmap(at, width, height, options);
    const texts = new Set<string>();
    for (let index = 0; index < results.size(); index++) {
      const text = results.get(index)?.text;
      if (text) texts.add(text);
    }
    return [...texts];
  } finally {
    module._free(at);
  }
}
