/** How many pixels a picture says it has: a few kilobytes can unpack to gigabytes. */

const PNG = 0x89504e47; // W3C PNG §5.2
const RIFF = 0x52494646; // RFC 9649 §2.3
const JPEG = 0xffd8; // ITU-T T.81 §B.1.1.3

/** Of a PNG, JPEG or WebP by its first bytes; 0 for what is neither or says it later. */
export function pixelsIn(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    if (view.getUint32(0) === PNG) return view.getUint32(16) * view.getUint32(20);
    if (view.getUint32(0) === RIFF) return webp(view);
    return view.getUint16(0) === JPEG ? jpeg(view) : 0;
  } catch {
    return 0; // RangeError: cut short, and whoever unpacks it will say so
  }
}

/** The first chunk has the size (RFC 9649 §2.5 to §2.7). */
function webp(view: DataView): number {
  const kind = String.fromCharCode(view.getUint8(15));
  if (kind === "X") {
    const side = (at: number): number =>
      view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
    return side(24) * side(27);
  }
  if (kind === "L") {
    const sides = view.getUint32(21, true);
    return ((sides & 0x3fff) + 1) * (((sides >> 14) & 0x3fff) + 1);
  }
  return (view.getUint16(26, true) & 0x3fff) * (view.getUint16(28, true) & 0x3fff);
}

/** The first frame header has it: SOF0 to SOF15 without DHT, JPG and DAC (T.81 table B.1). */
function jpeg(view: DataView): number {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if ((marker & 0xf0) === 0xc0 && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return view.getUint16(at + 5) * view.getUint16(at + 7);
    }
  }
}
