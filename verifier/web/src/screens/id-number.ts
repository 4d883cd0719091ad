/** Compare a typed ID number with what the certificate or its holder shows; keeps nothing. */

export type Comparison = "same" | "different" | "tail_same" | "tail_different" | "too_short";

interface Shown {
  readonly id_number?: unknown; // when the holder discloses it
  readonly id_number_tail?: unknown;
}

const TAIL = 4; // characters that are printed

/** Spaces and hyphens left out, full-width and lower-case forms folded (a check digit X is often x). */
export function fold(text: string): string {
  return text.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
}

/** null: nothing is typed, or there is nothing to compare with. */
export function compare(typed: string, claims: Shown | null): Comparison | null {
  const entered = fold(typed);
  const whole = textOf(claims?.id_number);
  const tail = textOf(claims?.id_number_tail) || whole.slice(-TAIL);
  if (!entered || !tail) return null;
  if (entered.length < tail.length) return "too_short";
  if (entered.length > tail.length && whole) return entered === whole ? "same" : "different";
  return entered.slice(-tail.length) === tail ? "tail_same" : "tail_different";
}

function textOf(claim: unknown): string {
  return typeof claim === "string" ? fold(claim) : "";
}
