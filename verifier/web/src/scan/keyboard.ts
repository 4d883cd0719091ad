/** A USB scanner is a keyboard that types a code faster than anyone and ends it with Enter. */

const FASTEST = 50; // ms between two keys; people take longer, scanners 1 to 30
const MIN_LENGTH = 8; // characters: below it, keys that slipped together are meant for the page

type Key = Pick<
  KeyboardEvent,
  "key" | "timeStamp" | "isComposing" | "ctrlKey" | "altKey" | "metaKey"
>;

/** What keys make: a scanned text at the Enter behind it, else null. */
export function createTyping(): (key: Key) => string | null {
  let text = "";
  let last = Number.NEGATIVE_INFINITY;
  return ({ key, timeStamp, isComposing, ctrlKey, altKey, metaKey }) => {
    if (key === "Shift") return null;
    const typed = timeStamp - last < FASTEST ? text : "";
    last = timeStamp;
    text = "";
    if (isComposing || ctrlKey || altKey || metaKey) return null;
    if (key === "Enter") return typed.length < MIN_LENGTH ? null : typed;
    if (key.length === 1) text = typed + key;
    return null;
  };
}

/** Gives each scanned text to `onText` while no field takes the keys; returns how to stop. */
export function onScan(onText: (text: string) => unknown): () => void {
  const type = createTyping();
  const listen = (event: KeyboardEvent): void => {
    const { target } = event;
    const field = "input, textarea, select, [contenteditable]";
    if (target instanceof Element && target.matches(field)) return;
    const text = type(event);
    if (text === null) return;
    event.preventDefault(); // this Enter presses no button
    onText(text);
  };
  window.addEventListener("keydown", listen, true);
  return () => window.removeEventListener("keydown", listen, true);
}
