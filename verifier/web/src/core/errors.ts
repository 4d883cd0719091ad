/**
 * Every error of the core: one tree, each with a stable code and its words in two languages.
 *
 * The words live in `codes.json`, shared with Python. `message` is the English sentence.
 */

import { type Details, hint, type Language, sentence } from "./codes";

/** Never thrown itself. `details` fill the blanks of the sentence that `section` has for `code`. */
export class ZhengyinError extends Error {
  readonly section: "verification" | "trust";
  readonly code: string;
  readonly details: Details;

  constructor(section: "verification" | "trust", code: string, details: Details) {
    super(sentence(section, code, "en", details));
    this.section = section;
    this.code = code;
    this.details = details;
  }

  /** The sentence for people. */
  said(language: Language): string {
    return sentence(this.section, this.code, language, this.details);
  }

  /** What to do next, or an empty text. */
  hint(language: Language): string {
    return hint(this.section, this.code, language, this.details);
  }
}

/** A presented credential does not hold. `code` is one of `verification`'s. */
export class VerificationError extends ZhengyinError {
  constructor(code: string, details: Details = {}) {
    super("verification", code, details);
  }
}

/** The bytes break the strict profile (schemas/README.md §2). */
export class MalformedError extends VerificationError {
  constructor(detail: string) {
    super("malformed", { detail });
  }
}

/** A trust document was refused; the state before it stays. `code` is one of `trust`'s. */
export class TrustError extends ZhengyinError {
  constructor(code: string, details: Details = {}) {
    super("trust", code, details);
  }
}
