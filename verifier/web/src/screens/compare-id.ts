/** A field to type the number of the person's ID card into; it goes with the verdict and is kept nowhere. */

import type { Verdict } from "../core/verdict";
import { el } from "../dom";
import { t } from "../language";
import { button } from "./controls";
import { compare } from "./id-number";

const MARKS = { same: "=", tail_same: "=", different: "≠", tail_different: "≠", too_short: "…" };

export function compareId(claims: Verdict["claims"]): HTMLElement {
  const result = el("output", { for: "id-number", "data-field": "comparison" });
  const input = el("input", {
    id: "id-number",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    inputmode: "text",
    maxlength: 40,
    oninput: () => {
      result.textContent = "";
      result.dataset.result = "";
    },
  });
  const submit = () => {
    const found = compare(input.value, claims);
    result.dataset.result = found ?? "";
    result.textContent = found && `${MARKS[found]} ${t(found)}`;
    if (!found) input.focus();
  };
  return el(
    "form",
    {
      class: "field",
      autocomplete: "off",
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    el("label", { for: "id-number" }, t("compare"), el("small", {}, ` ${t("compare_note")}`)),
    el("div", { class: "row" }, input, button("compare", submit, {}, t("compare_do"))),
    result,
  );
}
