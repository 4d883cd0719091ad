/** How this person likes the page, kept in localStorage where it may be; nothing about anybody checked. */

import type { Language } from "./core/codes";

export interface Settings {
  readonly language: Language | null; // null: the browser's
  readonly textSize: number; // per cent
  readonly sound: boolean;
  readonly vibration: boolean;
  readonly autoClear: number; // seconds; 0: never
  readonly continuous: boolean;
  readonly camera: string | null;
  readonly torch: boolean;
}

export const TEXT_SIZES: readonly number[] = [100, 125, 150, 175, 200]; // per cent; WCAG 2.2 1.4.4
export const AUTO_CLEAR: readonly number[] = [0, 10, 15, 30, 60, 120]; // seconds
export const DEFAULTS: Settings = {
  language: null,
  textSize: 100,
  sound: false, // bystanders would hear the verdict
  vibration: false,
  autoClear: 30,
  continuous: false,
  camera: null,
  torch: false,
};

const KEY = "zhengyin-settings";
const ALLOWED: { readonly [K in keyof Settings]: (value: unknown) => value is Settings[K] } = {
  language: (value): value is Settings["language"] =>
    value === null || value === "zh-CN" || value === "en",
  textSize: among(TEXT_SIZES),
  sound: isBoolean,
  vibration: isBoolean,
  autoClear: among(AUTO_CLEAR),
  continuous: isBoolean,
  camera: (value): value is string | null => value === null || typeof value === "string",
  torch: isBoolean,
};

/** What `text` says, and the default for whatever it does not say properly. */
export function readSettings(text: string | null): Settings {
  let kept: Readonly<Record<string, unknown>> = {};
  try {
    kept = { ...JSON.parse(text ?? "{}") };
  } catch {
    // not ours: the defaults
  }
  const settings: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, allowed] of Object.entries(ALLOWED))
    if (Object.keys(kept).includes(name) && allowed(kept[name])) settings[name] = kept[name];
  return { ...DEFAULTS, ...settings };
}

export function loadSettings(): Settings {
  try {
    return readSettings(localStorage.getItem(KEY));
  } catch {
    return DEFAULTS; // storage refused: private mode, lockdown
  }
}

export function saveSettings(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // storage refused or full: they hold until the page closes
  }
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function among(values: readonly number[]): (value: unknown) => value is number {
  return (value): value is number => typeof value === "number" && values.includes(value);
}
