/** What stands around every screen: the name, the menu, the picture of the camera, what is said aloud. */

import { el } from "../dom";
import { language, t } from "../language";
import type { App, Name } from "./app";
import { button } from "./controls";
import { picture } from "./icons";

const MENU = ["home", "ready", "session", "settings"] as const;

export interface Shell {
  readonly main: HTMLElement;
  readonly video: HTMLVideoElement;
  /** The words around the screen `name`, in the language of now. */
  draw(app: App, name: Name): void;
  /** Says a sentence: read aloud at once, and shown but on a verdict, which shows it itself. */
  say(text: string): void;
  /** Offers the new version. */
  offer(update: () => void): void;
}

export function createShell(): Shell {
  const header = el("header", { class: "top" });
  const main = el("main");
  const nav = el("nav");
  const message = el("p", { "data-message": true, role: "alert", "aria-live": "assertive" });
  const banner = el("div", { class: "banner", hidden: true });
  const video = el("video", {
    playsinline: true,
    muted: true,
    "aria-hidden": "true",
    hidden: true,
  });
  video.muted = true; // the attribute alone does not silence an element made by a script
  document.body.append(video, header, banner, main, nav, message);
  let update: (() => void) | null = null;
  let quiet = 0;

  return {
    main,
    video,
    draw(app, name) {
      document.documentElement.dataset.at = name;
      video.hidden =
        app.camera.problem !== null ||
        !(name === "scan" || (name === "verdict" && app.settings.continuous && app.camera.on));
      document.documentElement.dataset.live = String(!video.hidden);
      const other = language() === "en" ? "zh-CN" : "en";
      header.replaceChildren(
        el("span", { class: "seal", "aria-hidden": "true" }, "证印"),
        el("span", { class: "brand" }, t("brand")),
        button(
          "language",
          () => app.change({ language: other }),
          { lang: other },
          t("other_language"),
        ),
      );
      nav.setAttribute("aria-label", t("main_menu"));
      nav.replaceChildren(
        ...MENU.map((item) =>
          button(
            item,
            () => app.go(item),
            { "aria-current": (item === name || (item === "home" && name === "scan")) && "page" },
            picture(item),
            t(item),
          ),
        ),
      );
      banner.hidden = !update;
      if (update)
        banner.replaceChildren(t("new_version"), button("update-now", update, {}, t("update_now")));
    },
    say(text) {
      message.textContent = text;
      clearTimeout(quiet);
      quiet = window.setTimeout(() => message.replaceChildren(), SHOWN);
    },
    offer(does) {
      update = does;
    },
  };
}

const SHOWN = 6000; // ms that a sentence stays
