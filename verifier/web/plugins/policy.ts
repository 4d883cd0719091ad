/** What the page may load and do: one policy, sent by the server as headers and standing in the page as a second line. */

import { createHash } from "node:crypto";
import type { Plugin } from "vite";

type Directives = Readonly<Record<string, string>>;

const COMMON: Directives = {
  "base-uri": "'none'",
  "form-action": "'none'",
  "require-trusted-types-for": "'script'",
  "trusted-types": "zhengyin",
};

const SERVED: Directives = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "img-src": "'self' blob: data:",
  "connect-src": "'self'",
  "worker-src": "'self'",
  "manifest-src": "'self'",
  "media-src": "'self' blob: mediastream:",
  ...COMMON,
};

const written = (directives: Directives): string =>
  Object.entries(directives)
    .map((pair) => pair.join(" "))
    .join("; ");

const HEADERS = {
  // A page cannot forbid its own framing in a meta element (CSP Level 3 §3.3).
  "Content-Security-Policy": `${written(SERVED)}; frame-ancestors 'none'`,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(self)",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

const source = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The policy of the single file: nothing but the script and the style that stand in it. */
export function singlePolicy(script: string, style: string): string {
  return written({
    "default-src": "'none'",
    "script-src": `${source(script)} 'wasm-unsafe-eval'`,
    "style-src": source(style),
    "img-src": "blob: data:",
    "worker-src": "blob:",
    "media-src": "blob: mediastream:",
    ...COMMON,
  });
}

/** The meta element that says `content`. */
export function policyMeta(content: string): string {
  return `<meta http-equiv="Content-Security-Policy" content="${content}" />`;
}

/** Puts the policy into the page, and `headers.json` beside it for whoever serves it. */
export function policy(): Plugin {
  return {
    name: "zhengyin-policy",
    apply: "build",
    transformIndexHtml: (html) =>
      html.replace(/<meta charset="utf-8" \/>/, (charset) => charset + policyMeta(written(SERVED))),
    generateBundle() {
      const json = `${JSON.stringify(HEADERS, null, 2)}\n`;
      this.emitFile({ type: "asset", fileName: "headers.json", source: json });
    },
  };
}
