/** What a verdict looks like in one language: which words, which shape, what is hidden. Pure. */

import { type Details, hint, sentence, word } from "../core/codes";
import { ZhengyinError } from "../core/errors";
import type { Verdict } from "../core/verdict";
import { language, moment, t } from "../language";
import { visible } from "../visible";
import { HINTS } from "../words";

/** One look each, told apart by colour, border, shape of the mark and words. */
export type Look =
  | "valid"
  | "warned"
  | "demo"
  | "revoked"
  | "expired"
  | "suspended"
  | "invalid"
  | "undecided"
  | "not_ours";

export interface View {
  readonly look: Look;
  readonly headline: string;
  /** What the headline leaves out; empty where nothing is. */
  readonly message: string;
  readonly hint: string;
  readonly subject: string;
  readonly institution: { readonly label: string; readonly name: string } | null;
  readonly person: {
    readonly name: string;
    readonly document: string;
    readonly tail: string;
    readonly whole: string; // the ID number, where the holder shows it
  } | null;
  readonly number: string;
  readonly issueDate: string;
  readonly warnings: readonly string[];
  readonly asOf: string;
  readonly spoken: string;
}

const SUBJECT = ["class_name", "competition_name", "occupation", "direction", "level", "rank"];
const NO_DIRECTION: readonly unknown[] = ["—", "--"];
const BRACKET = /^(.+?)\s?[（(](.+)[）)]$/u;

export function viewOf(verdict: Verdict): View {
  const read = language();
  const { outcome, code, demo, warnings, claims } = verdict;
  const valid = outcome === "valid";
  const claim = (name: string): string => {
    const value = claims?.[name];
    return typeof value === "string" || typeof value === "number" ? visible(String(value)) : "";
  };

  const [, short, more = ""] = word("outcomes", outcome, read).match(BRACKET) ?? [
    "",
    word("outcomes", outcome, read),
  ];
  const result = valid && warnings.length > 0 ? t("genuine") : (short ?? "");
  const headline = capital(demo && valid ? t("demo") : result);
  const said = visible(verdict.message[read]);
  const message = demo && valid ? t("demo_result", { word: result }) : valid ? "" : said || more;

  const person = verdict.holder_name
    ? {
        name: visible(verdict.holder_name),
        document: claim("id_type") || t("id_card"),
        tail: claim("id_number_tail"),
        whole: claim("id_number"),
      }
    : null;
  const about = SUBJECT.filter((name) => !NO_DIRECTION.includes(claims?.[name])).map(claim);
  if (claim("hours")) about.push(t("hours", { hours: claim("hours") }));
  const kind = verdict.kind?.[read] ?? verdict.type ?? "";

  const view = {
    look: lookOf(verdict),
    headline,
    message: capital(message),
    hint: capital(hintOf(code, verdict.hint[read])),
    subject: [visible(kind), ...about].filter(Boolean).join(" · "),
    institution: verdict.institution && {
      label: t(outcome === "invalid" ? "claimed" : "institution"),
      name: visible(verdict.institution.name),
    },
    person,
    number: visible(verdict.certificate_number ?? ""),
    issueDate: claim("issue_date"),
    warnings: warnings.map((warning) => capital(visible(warning[read]))),
    asOf:
      verdict.registry && verdict.status_as_of
        ? t("as_of", {
            registry: moment(verdict.registry.as_of).slice(0, 10),
            status: moment(verdict.status_as_of),
          })
        : "",
  };
  const spoken = [
    demo && !valid && t("demo"),
    view.headline,
    view.message,
    ...view.warnings,
    view.hint,
    view.subject,
    person?.name,
    person?.tail && `${t("tail")} ${[...person.tail].join(" ")}`,
  ];
  return { ...view, spoken: sentences(spoken) };
}

/** Green is for what is valid, without a warning, and no demonstration: nothing else has its look. */
export function lookOf({ outcome, demo, warnings }: Verdict): Look {
  if (outcome !== "valid") return outcome;
  if (demo) return "demo";
  return warnings.length > 0 ? "warned" : "valid";
}

/** What to do: in this page's words where the shared ones speak to a command line. */
export function hintOf(code: string, shared: string): string {
  return HINTS[code]?.[language() === "en" ? 1 : 0] ?? shared;
}

/** Why the trust data stays as it is, and what to do. */
export function troubleOf(error: unknown): string {
  if (!(error instanceof ZhengyinError)) return t("unexpected", { detail: String(error) });
  return codeText(error.code, error.details);
}

const PICTURE = ["picture_unreadable", "picture_too_large", "no_code", "pdf_no_code"] as const;

/** Why a picture gives no verdict. */
export function pictureTrouble(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  const known = PICTURE.find((name) => name === code);
  return known ? t(known) : t("unexpected", { detail: String(error) });
}

/** The sentence and the advice for a code of the trust rules. */
export function codeText(code: string, details: Details = {}): string {
  const read = language();
  const next = hintOf(code, hint("trust", code, read, details));
  return sentences([sentence("trust", code, read, details), next]);
}

/** One after the other, each beginning as a sentence does. */
export function sentences(parts: readonly (string | false | undefined)[]): string {
  const said = parts.flatMap((part) => (part ? [capital(part)] : []));
  return said.join(language() === "en" ? ". " : "。");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
