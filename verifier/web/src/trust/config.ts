/** Whom this page trusts and where it finds what they publish: fixed when the page was exported. */

import { decode } from "../core/base64url";
import {
  array,
  formatVersion,
  malformed,
  object,
  optional,
  orMalformed,
  pattern,
  type Reader,
} from "../core/document";
import { TrustError } from "../core/errors";

const PIN = "pin.json";
const NOBODY = '{"pins":[]}'; // what pin.json says where nobody has exported the page
const TREE = "t/";
const EMBEDDED = "embedded"; // the element in the single file that the exporter fills

const pins = array(pattern(/^[0-9a-f]{64}$/));
const pinFile = object({ v: formatVersion, pins });
const embeddedFile = optional(object({ pins, bundle: optional(pattern(/^[\w-]+$/)) }));

export interface PageConfig {
  /** Fingerprints (hex) of pinned roots; without one only a demonstration is believed. */
  readonly pins: readonly string[];
  /** Address of the published tree, with its slash; null in a single file, which asks nobody. */
  readonly trust: string | null;
  /** bundle.zip */
  readonly embedded?: Uint8Array;
}

/**
 * The configuration of this page.
 *
 * Throws TrustError `network_unreachable` or `document_malformed`: a page that does not know whom
 * to trust must not pass for one that trusts nobody.
 */
export async function loadConfig(): Promise<PageConfig> {
  const embedded = document.getElementById(EMBEDDED);
  if (!embedded) {
    const { pins } = parsed(pinFile, PIN, await fetchPin());
    return { pins, trust: new URL(TREE, document.baseURI).href };
  }
  const file = parsed(embeddedFile, EMBEDDED, embedded.textContent ?? "");
  const bundle = file?.bundle;
  return {
    pins: file?.pins ?? [],
    trust: null,
    ...(bundle && { embedded: decode(bundle) }),
  };
}

async function fetchPin(): Promise<string> {
  const url = new URL(PIN, document.baseURI).href;
  try {
    const answer = await fetch(url, { cache: "no-cache" });
    if (answer.ok) return await answer.text();
    if (answer.status === 404) return NOBODY;
    throw new TrustError("network_answer", { url, detail: String(answer.status) });
  } catch (error) {
    if (error instanceof TrustError) throw error;
    throw new TrustError("network_unreachable", { url, detail: String(error) });
  }
}

/** Our own file, or the exporter's: plain JSON, not the strict kind that is signed. */
function parsed<T>(reader: Reader<T>, title: string, text: string): T {
  return orMalformed(title, () => {
    try {
      return reader(JSON.parse(text), title);
    } catch (error) {
      throw error instanceof SyntaxError ? malformed(title) : error;
    }
  });
}
