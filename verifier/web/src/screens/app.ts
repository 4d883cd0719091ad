/** What every screen may see and ask for; `main.ts` alone answers. */

import type { Verdict } from "../core/verdict";
import type { Settings } from "../settings";
import type { PosterReading } from "../trust/poster";
import type { TrustStore } from "../trust/store";
import type { Camera } from "./camera";
import type { Entry } from "./session-list";

export type Name = "home" | "scan" | "verdict" | "ready" | "session" | "settings";
export type Screen = (app: App) => HTMLElement;

/** The verdict on the screen. */
export interface Shown {
  readonly verdict: Verdict;
  readonly at: Date;
  readonly sequence: number; // of all since the page opened
  readonly opened: boolean; // by the code's own address
}

export interface App {
  readonly settings: Settings;
  readonly store: TrustStore | null; // null: still opening
  readonly session: readonly Entry[];
  readonly camera: Camera;
  readonly poster: PosterReading | null; // the last one scanned
  readonly notice: string; // of the last refresh
  readonly busy: boolean; // refreshing
  readonly stored: boolean; // the page itself, for use without a network
  readonly single: boolean; // the page is one file
  go(name: Name): void;
  change(settings: Partial<Settings>): void;
  check(text: string): Promise<void>;
  checkPicture(file: Blob): Promise<void>;
  /** Forgets the verdict on the screen. */
  clear(next: "scan" | "home"): void;
  refresh(): Promise<void>;
  loadBundle(file: Blob): Promise<void>;
  forgetSession(): void;
}

/** Seconds, by this device's clock. */
export const now = (): number => Math.floor(Date.now() / 1000);
