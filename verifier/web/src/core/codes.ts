/**
 * The one table of codes and outcomes with their words (schemas/codes.json), shared with Python.
 *
 * What went wrong in detail is said in English where it happens; a Chinese sentence leaves such a
 * detail out rather than end in another language than it began.
 */

import table, { type Outcome, type Section } from "virtual:codes";

export type Language = "zh-CN" | "en";
export type { Outcome, Section };
export type Details = Readonly<Record<string, string | number | readonly (string | number)[]>>;

export const LANGUAGES: readonly Language[] = ["zh-CN", "en"];

/** The blanks of sentences that are filled in English. */
const ENGLISH: ReadonlySet<string> = new Set(["detail", "found", "role", "status"]);

/** `text` with its `{blanks}` filled; several things in one blank are listed. */
function filled(text: string, language: Language, details: Details): string {
  const chinese = language === "zh-CN";
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name] ?? "";
    const said = typeof value === "object" ? value.join(chinese ? "、" : ", ") : String(value);
    return chinese && ENGLISH.has(name) && /[A-Za-z]/.test(said) ? "" : said;
  });
}

/** The sentence of `code`, its `{blanks}` filled from `details`. */
export function sentence(
  section: Section,
  code: string,
  language: Language,
  details: Details = {},
): string {
  const text = table[section][code]?.[language] ?? code;
  return filled(text, language, details).replace(/[ :：,，]+$/, "");
}

/** What to do about `code`, or an empty text. */
export const hint = (
  section: Section,
  code: string,
  language: Language,
  details: Details = {},
): string => filled(table[section][code]?.hint?.[language] ?? "", language, details);

/** The word for an outcome or a step. */
export const word = (section: "outcomes" | "steps", code: string, language: Language): string =>
  sentence(section, code, language);

/** The sign that stands for an outcome where colour does not. */
export const mark = (outcome: string): string => table.outcomes[outcome]?.mark ?? "";

/** The outcome that a verification code belongs to. */
export const outcomeOf = (code: string): Outcome => table.verification[code]?.outcome ?? "invalid";
