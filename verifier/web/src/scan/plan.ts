/** Which frame of a camera gets which effort, so that a slow phone still tries ten times a second. */

import type { Area } from "./grey";

const ATTEMPT = 100; // ms that an attempt may take on average
const MAX_PERIOD = 8; // attempts of which at least one is full: poor light needs it
const MIN_PERIOD = 2;
const FULL_PERIOD = 3; // what a fast phone does: nearly all codes are read fast
const WEIGHT = 0.2; // of the newest measurement in a running mean
const EVEN = ~1; // planes of colour have half the pixels: areas begin and end at even ones

/** Running means of what an attempt costs here, in ms. */
export interface Costs {
  readonly fast: number;
  readonly full: number;
}

export const FIRST_COSTS: Costs = { fast: 20, full: 60 };

export interface Plan {
  readonly effort: "fast" | "full";
  /** Only the square in the middle, where people hold a code. */
  readonly middle: boolean;
}

/** The plan for attempt number `attempt`. */
export function planOf(attempt: number, { fast, full }: Costs): Plan {
  const period = periodOf(fast, full);
  const round = Math.floor(attempt / period);
  if (attempt % period === period - 1)
    return { effort: "full", middle: full > 3 * ATTEMPT && round % 2 === 1 };
  return { effort: "fast", middle: fast > ATTEMPT / 2 && attempt % 3 !== 0 };
}

/** Of how many attempts one is full, so that they take `ATTEMPT` on average. */
function periodOf(fast: number, full: number): number {
  if (full + 2 * fast <= FULL_PERIOD * ATTEMPT) return FULL_PERIOD;
  const spare = ATTEMPT - fast;
  const wanted = spare > 0 ? Math.ceil((full - fast) / spare) : MAX_PERIOD;
  return Math.min(MAX_PERIOD, Math.max(MIN_PERIOD, wanted));
}

/** The means after an attempt took `ms`; one on a part of the frame says nothing of the whole. */
export function costsAfter(costs: Costs, { effort, middle }: Plan, ms: number): Costs {
  if (middle) return costs;
  return { ...costs, [effort]: costs[effort] * (1 - WEIGHT) + ms * WEIGHT };
}

/** The largest square in the middle of a frame. */
export function middleOf(width: number, height: number): Area {
  const side = Math.min(width, height) & EVEN;
  return {
    x: ((width - side) / 2) & EVEN,
    y: ((height - side) / 2) & EVEN,
    width: side,
    height: side,
  };
}
