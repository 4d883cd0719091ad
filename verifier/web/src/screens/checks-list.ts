/** Each check with its result and the date of the data that it rests on. */

import { word } from "../core/codes";
import type { Verdict } from "../core/verdict";
import { el } from "../dom";
import { language, moment, t } from "../language";

const MARKS = { passed: "✓", failed: "✕", unknown: "–" };

export function checksList(checks: Verdict["checks"]): HTMLElement {
  return el(
    "details",
    {},
    el("summary", {}, t("checks")),
    el(
      "ul",
      { class: "checks" },
      ...checks.map(({ step, state, as_of }) =>
        el(
          "li",
          { "data-step": step, class: state },
          el("span", { "aria-hidden": "true" }, MARKS[state]),
          el("span", {}, word("steps", step, language())),
          el(
            "small",
            {},
            [t(state), as_of && moment(as_of).slice(0, 10)].filter(Boolean).join(" · "),
          ),
        ),
      ),
    ),
  );
}
