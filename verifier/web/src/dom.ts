/** Elements are built from values, never from markup: what others wrote goes in as text nodes only. */

export type Child = Node | string | false | null | undefined;
type Value = string | number | boolean | null | undefined | ((event: Event) => void);
export type Props = Readonly<Record<string, Value>>;

interface Policy {
  createScriptURL(url: string): string;
}
declare global {
  // Trusted Types, where the browser has them (W3C Trusted Types §4.1)
  interface Window {
    readonly trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; a property that is a function listens to the event that its name ends with. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** A drawing's element. */
export function svg(tag: string, props: Props = {}, ...children: readonly Child[]): Element {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill<E extends Element>(element: E, props: Props, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

let policy: Policy | undefined;

/** An address that may be run as a script: of the page's own origin, or made by the page itself. */
export function scriptUrl(url: string): string {
  const rules = { createScriptURL: own };
  policy ??= window.trustedTypes?.createPolicy("zhengyin", rules) ?? rules;
  return policy.createScriptURL(url);
}

function own(url: string): string {
  const { origin, protocol } = new URL(url, location.href);
  if (protocol !== "blob:" && origin !== location.origin) throw new TypeError(`not ours: ${url}`);
  return url;
}
