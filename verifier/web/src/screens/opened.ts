/** The page was opened by a code: a stranger chose the checker, so it says where one is and how to keep a true one. */

import { el } from "../dom";
import { t } from "../language";

export const inWeChat = (agent: string): boolean => /MicroMessenger/i.test(agent);

export function opened(): HTMLElement {
  return el(
    "aside",
    { class: "card opened", "data-screen": "opened" },
    el("h2", {}, t("opened_title")),
    el("p", {}, t("opened_address")),
    el("p", { class: "host", "data-field": "host" }, location.host || t("this_file")),
    el("p", {}, t("opened_advice")),
    el("p", {}, t(inWeChat(navigator.userAgent) ? "opened_wechat" : "opened_keep")),
  );
}
