/**
 * What is presented: the text of a QR code or an SD-JWT, told apart (schemas/README.md §3).
 *
 * Whose web site a code points to is no evidence; it is kept to be able to say that it is foreign.
 */

import { characters } from "./bytes";
import { VerificationError } from "./errors";
import { MAX_SD_JWT_TEXT } from "./limits";
import { readText, unpackToken } from "./qr";
import { parse, type SdJwt } from "./sd-jwt";

/** One presented text, not verified: either `digits` of a QR code or a whole `sdJwt`. */
export interface Presentation {
  readonly text: string;
  readonly digits: string;
  /** The host in front of the digits, if any. */
  readonly origin: string | null;
  readonly sdJwt: SdJwt | null;
}

/** Tell what `text` is. */
export function readPresentation(text: string): Presentation {
  if (characters(text) > MAX_SD_JWT_TEXT) {
    const detail = `longer than ${MAX_SD_JWT_TEXT} characters`;
    throw new VerificationError("foreign_code", { detail });
  }
  if (text.endsWith("~") && text.split(".").length === 3) {
    return { text, digits: "", origin: null, sdJwt: parse(text) };
  }
  return { text, ...readText(text), sdJwt: null };
}

/** The credential, where `origin` fills the places that the code left out. */
export const tokenOf = async (presentation: Presentation, origin: string): Promise<SdJwt> =>
  presentation.sdJwt ?? unpackToken(presentation.digits, origin);
