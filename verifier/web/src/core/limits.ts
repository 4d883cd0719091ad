/**
 * Every size and time limit of the formats, in one place, with its unit and reason.
 *
 * The strict profile (schemas/README.md §2) refuses anything larger before it does any work on it.
 */

export const MAX_QR_DIGITS = 4096; // decimal digits; above any V22-M
export const MAX_QR_TEXT = MAX_QR_DIGITS + 256; // characters: URL prefix and digits
export const MAX_SD_JWT_TEXT = 16_384; // characters of a presented SD-JWT with its disclosures
export const MAX_PAYLOAD = 8_192; // bytes of a credential's JSON payload, and of the inflated QR text
export const MAX_DISCLOSURES = 16;
export const MAX_DISCLOSURE = 1_024; // bytes of one disclosure's JSON
export const MAX_DEPTH = 8; // nested arrays and objects
export const MAX_SAFE_INTEGER = Number.MAX_SAFE_INTEGER; // 2^53 − 1: exact in JSON in every language
export const MAX_TIME = 7_258_118_400; // 2200-01-01T00:00:00Z, seconds

export const MAX_ROOT = 32 * 1024; // bytes of a signed root
export const MAX_SNAPSHOT = 1024 * 1024; // bytes of a signed snapshot
export const MAX_REGISTRY = 64 * 1024 * 1024; // bytes of the registry's plain JSON
export const MAX_REGISTRY_SIGNATURES = 32 * 1024; // bytes of the registry's signatures
export const MAX_TYPE = 64 * 1024; // bytes of one certificate type's metadata
export const MAX_LIST_ENTRIES = 2 ** 24; // status indexes in one list
export const MAX_STATUS_FILE = 4 * 1024 * 1024; // bytes of one compressed status list
export const MAX_ROOTS = 1_024; // root versions walked in one update (TUF: Y = 2^10)
export const MAX_SIGNATURES = 16; // signatures on one trust document

export const MAX_SNAPSHOT_LIFE = 100 * 86_400; // seconds between a snapshot's `iat` and `exp`; usually 90 days
export const MAX_LOG_DELAY = 31 * 86_400; // seconds that may pass between signing and logging

export const CLOCK_SKEW = 86_400; // seconds a phone's clock may run behind or an issuer's ahead
export const LOG_DELAY = 7 * 86_400; // seconds that may pass between signing and logging, unless a list says so
