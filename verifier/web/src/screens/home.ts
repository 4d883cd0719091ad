/** The first screen: one big button, and two ways that need no camera. */

import { el } from "../dom";
import { t } from "../language";
import type { App } from "./app";
import { badge, button, upload } from "./controls";
import { picture } from "./icons";

export function home(app: App): HTMLElement {
  const field = el("textarea", {
    id: "text",
    rows: 2,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    onkeydown: (event) => {
      // a scanner gun types the code and ends with Enter
      if (event instanceof KeyboardEvent && event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        submit();
      }
    },
  });
  const submit = () => {
    const text = field.value.trim();
    field.value = "";
    if (text) void app.check(text);
    else field.focus();
  };
  return el(
    "section",
    { "data-screen": "home" },
    el("h1", { tabindex: -1 }, t("home_title")),
    badge(app),
    button(
      "scan",
      () => app.go("scan"),
      { class: "primary big" },
      picture("scan"),
      el("span", {}, t("scan"), el("small", {}, t("scan_note"))),
    ),
    upload(app),
    el(
      "div",
      { class: "field" },
      el("label", { for: "text" }, t("paste_label")),
      field,
      button("paste", submit, {}, t("paste")),
    ),
    el("p", { class: "quiet" }, t("own_page")),
  );
}
