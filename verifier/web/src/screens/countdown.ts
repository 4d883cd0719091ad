/** When a verdict clears itself: a timer that stands still while it is held, as a pure state machine. */

export interface Countdown {
  readonly total: number; // ms; 0: never clears
  readonly left: number; // ms
  readonly since: number; // ms, of the same clock as every `now`
  readonly held: "no" | "pressed" | "kept";
  readonly pressedAt: number;
}

export const TAP = 400; // ms; a shorter press keeps the verdict until the next one (for switch users)

export function start(seconds: number, now: number): Countdown {
  return { total: seconds * 1000, left: seconds * 1000, since: now, held: "no", pressedAt: 0 };
}

/** What is left at `now`. */
export function tick(c: Countdown, now: number): Countdown {
  const gone = c.held === "no" ? Math.max(0, now - c.since) : 0; // a clock set back takes nothing
  return { ...c, left: Math.max(0, c.left - gone), since: now };
}

export function isOver(c: Countdown): boolean {
  return c.total > 0 && c.left <= 0;
}

/** Somebody is at work on the verdict: the whole time again. */
export function restart(c: Countdown, now: number): Countdown {
  return { ...c, left: c.total, since: now };
}

export function press(c: Countdown, now: number): Countdown {
  return { ...tick(c, now), held: c.held === "kept" ? "kept" : "pressed", pressedAt: now };
}

/** A long press holds while it lasts; a tap holds until the next tap. */
export function release(c: Countdown, now: number): Countdown {
  const tapped = now - c.pressedAt < TAP;
  return { ...tick(c, now), held: tapped && c.held === "pressed" ? "kept" : "no" };
}

/** What a click does that nothing was pressed for, as a switch or a screen reader makes one. */
export function toggle(c: Countdown, now: number): Countdown {
  return { ...tick(c, now), held: c.held === "no" ? "kept" : "no" };
}
