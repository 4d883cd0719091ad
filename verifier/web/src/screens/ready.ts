/** What is on this phone before the fair, until when it serves, and how to renew it. */

import { el } from "../dom";
import { language, moment, t } from "../language";
import { age } from "../trust/age";
import type { PosterReading } from "../trust/poster";
import { type App, now } from "./app";
import { badge, button, fileButton } from "./controls";
import { codeText } from "./view";

export function ready(app: App): HTMLElement {
  const state = app.store?.state;
  const kept = app.single || (app.stored && !app.store?.problem);
  const good = kept && !!state && age(state, now()).color !== "red";
  return el(
    "section",
    { "data-screen": "ready" },
    el("h1", { tabindex: -1 }, t("ready_title")),
    el(
      "p",
      { class: "card state", "data-ready": String(good) },
      good ? `● ${t("ready_yes")}` : `○ ${t("ready_no")}`,
    ),
    badge(app),
    ...conditions(app).map((text) => el("p", { class: "card trouble" }, `⚠ ${text}`)),
    el(
      "div",
      { class: "row" },
      button(
        "refresh",
        () => void app.refresh(),
        { class: "primary", disabled: app.busy },
        t(app.busy ? "refreshing" : "refresh"),
      ),
      fileButton(
        "load-bundle",
        ".zip,application/zip",
        (file) => void app.loadBundle(file),
        t("load_bundle"),
      ),
      button("poster", () => app.go("scan"), {}, t("scan_poster")),
    ),
    app.poster && el("p", { class: "card", "data-field": "poster" }, posterText(app.poster)),
    app.notice && el("p", { class: "card", "data-field": "notice" }, app.notice),
    el(
      "dl",
      { class: "card" },
      ...facts(app).flatMap(([label, text]) => [el("dt", {}, label), el("dd", {}, text)]),
    ),
    el("p", { class: "quiet" }, `${t("load_bundle_note")}。 ${t("poster_note")}`),
  );
}

function facts(app: App): readonly (readonly [label: string, text: string])[] {
  const state = app.store?.state;
  const stored = app.single ? t("single_file") : t(app.stored ? "yes" : "no");
  const about: [string, string][] = [[t("app_stored"), stored]];
  if (state) {
    const { registry, snapshot, lists, demo } = state;
    const { connectBefore, expires } = age(state, now());
    const loaded = [...lists.values()].filter(({ status, issued }) => status && issued).length;
    about.push(
      [t("good_until"), moment(connectBefore)],
      [t("expires"), moment(expires)],
      [t("authority"), registry.authority[language() === "en" ? "en" : "zh"]],
      [t("registry"), t("edition", { edition: registry.edition, version: registry.version })],
      [t("institutions"), String(registry.institutions.length)],
      [t("revocations"), moment(snapshot.iat)],
      [t("lists"), t("lists_loaded", { count: lists.size, loaded })],
      [t("environment"), t(demo ? "demo_environment" : "prod")],
    );
  }
  for (const pin of app.store?.pins ?? [])
    about.push([t("fingerprint"), pin.replace(/.{4}(?=.)/g, "$& ")]);
  about.push([t("address"), location.host || t("this_file")]);
  return about;
}

function posterText({ iat, newer, sameAsOurs, forged }: PosterReading): string {
  const date = moment(iat);
  if (forged) return `✕ ${t("poster_forged")}`;
  if (sameAsOurs) return `= ${t("poster_same")}`;
  return newer ? `⚠ ${t("poster_newer", { date })}` : t("poster_older", { date });
}

/** What this browser lacks, and what that means. */
function conditions(app: App): string[] {
  const lacks: string[] = [];
  const problem = app.store?.problem;
  if (problem)
    lacks.push(problem.startsWith("storage_") ? t("storage_problem") : codeText(problem));
  if (!app.single && !("serviceWorker" in navigator)) lacks.push(t("no_service_worker"));
  if (app.camera.engine === "plain" || typeof WebAssembly === "undefined") lacks.push(t("no_wasm"));
  if (!globalThis.crypto?.subtle) lacks.push(t("no_subtle"));
  return lacks;
}
