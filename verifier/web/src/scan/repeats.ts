/** A code held before the camera is one verdict: it counts again once it was out of sight for a while. */

export interface Repeats {
  /** Whether `text`, seen at `now` (seconds), is not one still held. */
  isNew(text: string, now: number): boolean;
}

export function createRepeats({ quiet }: { readonly quiet: number }): Repeats {
  const seen = new Map<string, number>();
  return {
    isNew(text, now) {
      for (const [one, at] of seen) if (now - at > quiet) seen.delete(one);
      const held = seen.has(text);
      seen.set(text, now);
      return !held;
    },
  };
}
