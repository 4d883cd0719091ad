/** What a recruiter reads, in this order: the outcome, who to compare it with, why, and what next. */

import type { Verdict } from "../core/verdict";
import { el } from "../dom";
import { language, t } from "../language";
import { visible } from "../visible";
import type { App, Shown } from "./app";
import { checksList } from "./checks-list";
import { compareId } from "./compare-id";
import { button } from "./controls";
import * as countdown from "./countdown";
import { markOf } from "./icons";
import { opened } from "./opened";
import { type View, viewOf } from "./view";

/** The screen, and what has to happen to it while it stands. */
export interface VerdictScreen {
  readonly element: HTMLElement;
  readonly view: View;
  /** Whether a hand holds it: another code must wait. */
  held(): boolean;
  /** Moves the clock; false once it is time to clear. */
  tick(): boolean;
}

export function verdictScreen(app: App, shown: Shown): VerdictScreen {
  const { verdict } = shown;
  const view = viewOf(verdict);
  const clock = el("time", { "aria-hidden": "true" });
  const timer = holdButton(app);
  const touched = () => timer.touched();
  const element = el(
    "section",
    {
      "data-screen": "verdict",
      "data-outcome": verdict.outcome,
      "data-code": verdict.code,
      "data-demo": String(verdict.demo),
      "data-warnings": verdict.warnings.map(({ code }) => code).join(" "),
      "data-sequence": shown.sequence,
      class: `verdict ${view.look}`,
      onwheel: touched,
      onkeydown: touched,
      onpointerdown: touched,
    },
    el(
      "div",
      { class: "scroll" },
      head(verdict.demo, view, shown.at, clock),
      el(
        "div",
        { class: "body" },
        shown.opened && opened(),
        view.warnings.length > 0 &&
          el("ul", { class: "warnings" }, ...view.warnings.map((text) => el("li", {}, text))),
        view.person ? person(view.person) : verdict.outcome === "invalid" && quiet(t("hidden")),
        facts(view),
        view.person && compareId(verdict.claims),
        view.asOf && quiet(view.asOf),
        checksList(verdict.checks),
        fieldsList(verdict),
        quiet(t("standing")),
      ),
    ),
    el(
      "div",
      { class: "row bar" },
      timer.element,
      button("done", () => app.clear("home"), {}, t("done")),
      button("next", () => app.clear("scan"), { class: "primary" }, t("next")),
    ),
  );
  return {
    element,
    view,
    held: timer.held,
    tick() {
      clock.textContent = new Date().toLocaleTimeString(language(), { hour12: false });
      return timer.tick();
    },
  };
}

function head(demo: boolean, view: View, at: Date, clock: HTMLElement): HTMLElement {
  const checkedAt = at.toLocaleTimeString(language(), { hour12: false });
  return el(
    "header",
    { class: "head" },
    demo &&
      el("p", { class: "demo-band" }, `◇ ${t(view.look === "demo" ? "demo_short" : "demo")} ◇`),
    el(
      "p",
      { class: "clock" },
      `${t("checked_at")} ${checkedAt}`,
      el("i", { class: "pulse" }),
      clock,
    ),
    markOf(view.look),
    el(
      "h1",
      { tabindex: -1 },
      view.headline,
      view.look === "warned" && el("small", {}, ` ⚠ ${t("see_warnings")}`),
    ),
    view.message && el("p", { class: "message" }, view.message),
    view.hint && el("p", { class: "hint" }, `→ ${view.hint}`),
  );
}

function person({ name, document, tail, whole }: NonNullable<View["person"]>): HTMLElement {
  return el(
    "div",
    { class: "person" },
    el("p", {}, el("small", {}, t("holder")), el("b", { "data-field": "holder_name" }, name)),
    tail &&
      el("p", {}, el("small", {}, t("tail")), el("b", { "data-field": "id_number_tail" }, tail)),
    whole &&
      el(
        "p",
        { class: "whole" },
        el("small", {}, t("id_number")),
        el("b", { "data-field": "id_number" }, whole),
      ),
    el("p", { class: "compare-with" }, t("compare_person", { document })),
  );
}

function facts({ subject, institution, number, issueDate }: View): HTMLElement {
  const fact = (field: string, label: string, text: string) =>
    text && el("p", {}, el("small", {}, label), el("b", { "data-field": field }, text));
  return el(
    "div",
    { class: "facts" },
    subject && el("p", { class: "subject", "data-field": "subject" }, subject),
    institution && fact("institution", institution.label, institution.name),
    fact("certificate_number", t("number"), number),
    fact("issue_date", t("issue_date"), issueDate),
  );
}

/** All that the institution signed, where it may be shown. */
function fieldsList(verdict: Verdict): HTMLElement | false {
  return (
    !!verdict.fields &&
    el(
      "details",
      {},
      el("summary", {}, t("fields")),
      el(
        "dl",
        {},
        ...verdict.fields.flatMap(({ label, value }) => [
          el("dt", {}, visible(label[language()])),
          el("dd", {}, visible(value)),
        ]),
      ),
    )
  );
}

function quiet(text: string): HTMLElement {
  return el("p", { class: "quiet" }, text);
}

const CLICK = 100; // ms in which the click of a press follows its end

/** The button that holds the verdict: pressed while it is pressed, kept by a tap or a click. */
function holdButton(app: App) {
  let state = countdown.start(app.settings.autoClear, performance.now());
  let releasedAt = Number.NEGATIVE_INFINITY;
  const seconds = el("span");
  const label = el("span");
  const change = (next: countdown.Countdown) => {
    state = next;
    show();
  };
  const show = () => {
    const held = state.held !== "no";
    element.setAttribute("aria-pressed", String(held));
    label.textContent = t(held ? "held" : "hold");
    seconds.textContent = state.total
      ? t("clears_in", { seconds: Math.ceil(state.left / 1000) })
      : t("never_clears");
    element.style.setProperty("--left", String(state.total ? state.left / state.total : 1));
  };
  const press = () => change(countdown.press(state, performance.now()));
  const release = () => {
    releasedAt = performance.now();
    if (state.held !== "no") change(countdown.release(state, releasedAt));
  };
  const key = (does: () => void) => (event: Event) => {
    if (!(event instanceof KeyboardEvent) || (event.key !== " " && event.key !== "Enter")) return;
    event.preventDefault(); // no click of its own
    if (!event.repeat) does();
  };
  const element = el(
    "button",
    {
      type: "button",
      class: "hold",
      "data-action": "hold",
      onpointerdown: press,
      onpointerup: release,
      onpointercancel: release,
      onpointerleave: () => {
        if (state.held === "pressed") release();
      },
      onkeydown: key(press),
      onkeyup: key(release),
      onclick: () => {
        const pressed = performance.now() - releasedAt < CLICK;
        if (!pressed) change(countdown.toggle(state, performance.now()));
      },
    },
    label,
    seconds,
  );
  show();
  return {
    element,
    held: () => state.held !== "no",
    touched: () => {
      change(countdown.restart(state, performance.now()));
    },
    tick: () => {
      change(countdown.tick(state, performance.now()));
      return !countdown.isOver(state);
    },
  };
}
