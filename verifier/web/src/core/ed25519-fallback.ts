/** Ed25519 for browsers whose WebCrypto does not know it; loaded only there. */

export { verify } from "@stablelib/ed25519";
