/** How the page looks, sounds and waits. */

import { el } from "../dom";
import { t } from "../language";
import { AUTO_CLEAR, type Settings, TEXT_SIZES } from "../settings";
import type { App } from "./app";
import { cameraChoice } from "./scan";

type Switch = "sound" | "vibration" | "continuous" | "torch";

export function settings(app: App): HTMLElement {
  const { autoClear, textSize } = app.settings;
  const toggle = (name: Switch, label: string) => {
    const box = el("input", {
      type: "checkbox",
      "data-setting": name,
      checked: app.settings[name],
      onchange: () => app.change({ [name]: box.checked }),
    });
    return el("label", { class: "card" }, box, el("span", {}, label));
  };
  const choice = (
    name: keyof Settings,
    label: string,
    options: readonly (readonly [value: string | number, label: string])[],
    current: string | number,
    chosen: (value: string) => void,
  ) => {
    const select = el(
      "select",
      { "data-setting": name, onchange: () => chosen(select.value) },
      ...options.map(([value, text]) => el("option", { value, selected: value === current }, text)),
    );
    return el("label", { class: "card" }, label, select);
  };
  return el(
    "section",
    { "data-screen": "settings" },
    el("h1", { tabindex: -1 }, t("settings")),
    choice(
      "language",
      t("language"),
      [
        ["zh-CN", "中文"],
        ["en", "English"],
      ],
      document.documentElement.lang,
      (value) => app.change({ language: value === "en" ? "en" : "zh-CN" }),
    ),
    choice(
      "textSize",
      t("text_size"),
      TEXT_SIZES.map((size) => [size, `${size}%`]),
      textSize,
      (value) => app.change({ textSize: Number(value) }),
    ),
    choice(
      "autoClear",
      t("auto_clear"),
      AUTO_CLEAR.map((seconds) => [
        seconds,
        seconds ? t("after_seconds", { seconds }) : t("never"),
      ]),
      autoClear,
      (value) => app.change({ autoClear: Number(value) }),
    ),
    toggle("continuous", t("continuous_note")),
    toggle("sound", t("sound")),
    toggle("vibration", t("vibration")),
    toggle("torch", t("torch_default")),
    app.camera.cameras.length > 1 && cameraChoice(app),
  );
}
