/** Controls that several screens use: buttons, a picture to choose, the age of the trust data. */

import { type Child, el, type Props } from "../dom";
import { moment, t } from "../language";
import { age } from "../trust/age";
import { type App, now } from "./app";
import { picture } from "./icons";

export function button(
  action: string,
  does: () => void,
  props: Props,
  ...label: Child[]
): HTMLElement {
  return el("button", { type: "button", "data-action": action, onclick: does, ...props }, ...label);
}

/** A button that asks for a file. */
export function fileButton(
  action: string,
  accept: string,
  chosen: (file: File) => void,
  ...label: Child[]
): HTMLElement {
  const input = el("input", {
    type: "file",
    accept,
    class: "hidden",
    "data-action": action,
    onchange: () => {
      const [file] = input.files ?? [];
      if (file) chosen(file);
      input.value = ""; // the same file may be chosen again
    },
  });
  return el("label", { class: "button" }, input, ...label);
}

export function upload(app: App): HTMLElement {
  const accept = "image/*,application/pdf,.sd-jwt";
  const chosen = (file: File) => void app.checkPicture(file);
  return fileButton("upload", accept, chosen, picture("picture"), t("upload"));
}

/** The state of the trust data: a shape, a colour and words. */
export function badge(app: App): HTMLElement {
  const { color, words } = stateOf(app);
  return el("p", { class: `badge ${color}`, "data-age": color }, el("i"), words);
}

function stateOf(app: App): { color: string; words: string } {
  const state = app.store?.state;
  if (!state) return { color: "red", words: t(app.store ? "badge_none" : "preparing") };
  const { color, days, connectBefore, clockBehind } = age(state, now());
  const blanks = {
    date: moment(state.snapshot.iat).slice(0, 10),
    days,
    before: moment(connectBefore).slice(0, 10),
  };
  return { color, words: t(clockBehind ? "badge_clock" : `badge_${color}`, blanks) };
}
