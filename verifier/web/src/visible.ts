/**
 * Show text that others wrote so that every character of it can be seen.
 *
 * What hides or reorders is written as its code point, ‹U+202E›: controls, bidirectional controls
 * (Unicode UAX #9), characters that show nothing (Default_Ignorable_Code_Point), line separators
 * and lone surrogates. The ranges are those of the Python twin, not of the browser's tables.
 */

const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points, by the flag u
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** `text` with each hidden character as ‹U+XXXX›. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (found) => {
    const point = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `‹U+${point}›`;
  });
}
