/** The list of what was checked: masked, in memory, exported when asked. */

import { el } from "../dom";
import { language, moment, t } from "../language";
import type { App } from "./app";
import { button } from "./controls";
import { csv, type Entry, laterText, outcomeText } from "./session-list";

export function session(app: App): HTMLElement {
  const { session: entries } = app;
  const open = entries.some((entry) => entry.recheck);
  return el(
    "section",
    { "data-screen": "session" },
    el("h1", { tabindex: -1 }, t("session_title")),
    el("p", { class: "quiet" }, t("session_note")),
    entries.length === 0
      ? el("p", { class: "card" }, t("session_empty"))
      : el("ol", { class: "entries", reversed: true }, ...entries.map(row).reverse()),
    el(
      "div",
      { class: "row" },
      open &&
        button(
          "recheck",
          () => void app.refresh(),
          { class: "primary", disabled: app.busy },
          t("recheck"),
        ),
      entries.length > 0 && button("export", () => save(csv(entries)), {}, t("export")),
      entries.length > 0 && button("clear", app.forgetSession, {}, t("clear")),
    ),
    app.notice && el("p", { "data-field": "notice" }, app.notice),
  );
}

function row(entry: Entry): HTMLElement {
  const about = [entry.kind?.[language()], entry.name, entry.number].filter(Boolean).join(" · ");
  return el(
    "li",
    { class: "card", "data-outcome": entry.outcome },
    el("b", {}, outcomeText(entry)),
    el("time", {}, moment(entry.at).slice(11)),
    about && el("span", {}, about),
    ...entry.warnings.map((warning) => el("span", {}, `⚠ ${warning[language()]}`)),
    entry.later && el("span", { "data-later": entry.later.state }, `↻ ${laterText(entry)}`),
  );
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  el("a", { href: url, download: "zhengyin.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // a slow disk may still be reading it
}
