/** The language that people read: their choice, or else the browser's. */

import type { Language } from "./core/codes";
import { WORDS, type Word } from "./words";

let current: Language = "zh-CN";

export function language(): Language {
  return current;
}

/** Use `chosen`, or the first of the browser's `preferred` languages that there are words in. */
export function useLanguage(chosen: Language | null, preferred: readonly string[]): void {
  const known = preferred.find((name) => /^(zh|en)\b/.test(name));
  current = chosen ?? (known?.startsWith("en") ? "en" : "zh-CN");
}

/** The word in the language of now, its blanks `{name}` filled in. */
export function t(word: Word, blanks: Readonly<Record<string, string | number>> = {}): string {
  const text = WORDS[word][current === "en" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (blank, name) => String(blanks[name] ?? blank));
}

/** A moment as people in Beijing write it: `2025-06-30 09:15`. */
export function moment(time: number | string): string {
  const ms = typeof time === "number" ? time * 1000 : Date.parse(time);
  return new Date(ms + 8 * 3600_000).toISOString().slice(0, 16).replace("T", " ");
}
