/** The camera's screen: what to do, what is wrong, and the ways around it. */

import { el } from "../dom";
import { t } from "../language";
import type { App } from "./app";
import { button, upload } from "./controls";
import { picture } from "./icons";

export function scan(app: App): HTMLElement {
  const { camera } = app;
  return el(
    "section",
    { "data-screen": "scan" },
    el("h1", { tabindex: -1, class: "hidden" }, t("scan")),
    camera.problem ? problem(app, camera.problem) : viewfinder(app),
    el(
      "div",
      { class: "row tools" },
      button("stop", () => stop(app), {}, picture("back"), t("stop")),
      upload(app),
      button("paste", () => paste(app), {}, t("paste_code")),
    ),
  );
}

function stop(app: App): void {
  app.camera.stop();
  app.go("home");
}

function paste(app: App): void {
  app.go("home");
  document.querySelector("textarea")?.focus();
}

function problem(app: App, what: NonNullable<App["camera"]["problem"]>): HTMLElement {
  return el(
    "div",
    { class: "card problem", "data-problem": what },
    el("h2", {}, t(what)),
    el("p", {}, t(`${what}_do`)),
    el("p", {}, t("other_ways")),
    button("retry", () => void app.camera.start(), { class: "primary" }, t("again")),
  );
}

function viewfinder(app: App): HTMLElement {
  const { camera, settings } = app;
  const { scanner } = camera;
  const tools = el("div", { class: "row tools over" });
  if (scanner && scanner.torch !== null)
    tools.append(
      button(
        "torch",
        () => void camera.light(!scanner.torch),
        { "aria-pressed": String(scanner.torch) },
        t("torch"),
      ),
    );
  if (scanner?.zoom) {
    const { min, max, step, value } = scanner.zoom;
    const slider = el("input", {
      type: "range",
      "data-action": "zoom",
      min,
      max,
      step,
      value,
      oninput: () => void scanner.setZoom(slider.valueAsNumber),
    });
    tools.append(el("label", {}, t("zoom"), slider));
  }
  if (camera.cameras.length > 1) tools.append(cameraChoice(app));
  tools.append(
    button(
      "continuous",
      () => app.change({ continuous: !settings.continuous }),
      { "aria-pressed": String(settings.continuous) },
      t("continuous"),
    ),
  );
  return el(
    "div",
    { class: "viewfinder" },
    el("p", { class: "over" }, t(camera.idle ? "idle" : camera.on ? "point" : "starting")),
    camera.idle
      ? button("resume", () => app.go("scan"), { class: "primary" }, t("resume"))
      : el("div", { class: "frame", "aria-hidden": "true" }),
    tools,
  );
}

/** Which camera; on the settings screen too. */
export function cameraChoice(app: App): HTMLElement {
  const select = el(
    "select",
    {
      "data-action": "camera",
      onchange: () => app.change({ camera: select.value || null }),
    },
    el("option", { value: "" }, t("camera_auto")),
    ...app.camera.cameras.map(({ id, label }) =>
      el("option", { value: id, selected: id === app.settings.camera }, label || t("camera")),
    ),
  );
  return el("label", {}, t("camera"), select);
}
