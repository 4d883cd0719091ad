/** The page begins here: it takes the code out of its address before anything else, then wires the screens. */

import type { Verdict } from "./core/verdict";
import { language, t, useLanguage } from "./language";
import { keepOffline } from "./offline";
import { onScan } from "./scan/keyboard";
import { createRepeats } from "./scan/repeats";
import { signal } from "./scan/sounds";
import { type App, type Name, now, type Screen } from "./screens/app";
import { createCamera } from "./screens/camera";
import { home } from "./screens/home";
import { ready } from "./screens/ready";
import { scan } from "./screens/scan";
import { session } from "./screens/session";
import { entryOf, recheck } from "./screens/session-list";
import { settings } from "./screens/settings";
import { createShell } from "./screens/shell";
import { type VerdictScreen, verdictScreen } from "./screens/verdict";
import { type Look, pictureTrouble, troubleOf } from "./screens/view";
import { loadSettings, saveSettings } from "./settings";
import type { PageConfig } from "./trust/config";
import type { TrustStore } from "./trust/store";

const presented = takeCode();

const QUIET = 3; // seconds out of sight after which a code counts as a new one
const GOOD: readonly Look[] = ["valid", "demo"]; // to the ear; a warning asks for a look
const TICK = 250; // ms
const MAX_TEXT_FILE = 20_000; // bytes; more than any certificate file has
const SCREENS: { readonly [name in Exclude<Name, "verdict">]: Screen } = {
  home,
  scan,
  ready,
  session,
  settings,
};

const engine = import("./engine");
const root = document.documentElement;
const repeats = createRepeats({ quiet: QUIET });
let config: PageConfig | null = null;
let name: Name = "home";
let shown: VerdictScreen | null = null;
let sequence = 0;
let last = ""; // the code before the camera
let touched = false; // a control that is taken away under a finger gets no click
let late = false; // something is to be drawn when the finger is off
let guarded = false; // "back" takes one entry of the history instead of leaving the page

const kept = loadSettings();
useLanguage(kept.language, navigator.languages);
const shell = createShell();

const app: { -readonly [member in keyof App]: App[member] } = {
  settings: kept,
  store: null,
  session: [],
  camera: createCamera(
    shell.video,
    () => app.settings,
    found,
    () => draw(),
  ),
  poster: null,
  notice: "",
  busy: false,
  stored: false,
  single: false,
  go,
  clear,
  change(part) {
    app.settings = { ...app.settings, ...part };
    saveSettings(app.settings);
    useLanguage(app.settings.language, navigator.languages);
    if ("camera" in part) app.camera.restart();
    draw();
  },
  check: (text) => judge(text, performance.now()),
  checkPicture,
  refresh: () => renew(fetchAll),
  loadBundle: (file) =>
    renew(async (store) => {
      const { readBundle } = await engine;
      const before = store.documents;
      await store.replace(await readBundle(new Uint8Array(await file.arrayBuffer())), now());
      return store.documents === before ? "unchanged" : "updated";
    }),
  forgetSession() {
    app.session = [];
    draw();
  },
};

draw();
const opening = open();
listen();
if (presented) void judge(presented, performance.now(), true);

/** The digits of a code that opened this page; no history and no later script sees them. */
function takeCode(): string | null {
  const { hash, host, pathname, search } = location;
  if (!hash) return null;
  history.replaceState(null, "", pathname + search);
  const digits = hash.slice(1);
  if (!/^\d+$/.test(digits)) return null;
  return pathname === "/" && host ? `https://${host}/#${digits}` : digits;
}

/** Reads what is stored, and asks for it where nothing is; from then on the page can judge. */
async function open(): Promise<void> {
  try {
    const { loadConfig, openStore } = await engine;
    config = await loadConfig();
    app.single = config.trust === null;
    app.store = await openStore(config, now());
    draw();
    const renewed = app.single ? null : renew(fetchAll, true);
    if (!app.store.state) await renewed;
  } catch (error) {
    app.notice = troubleOf(error);
    shell.say(app.notice);
  }
  root.dataset.ready = "true";
  draw();
  const stored = (what: "ready" | "waiting", offline: { update(): void }) => {
    app.stored = true;
    if (what === "waiting") shell.offer(offline.update);
    draw();
  };
  if (await keepOffline(stored)) return;
  if (!app.single) await app.camera.prepare().catch(() => undefined); // no one keeps its code
}

type Renewal = (store: TrustStore, config: PageConfig) => Promise<"updated" | "unchanged">;

const fetchAll: Renewal = async (store, from) => (await engine).refresh(store, from, now());

/** One renewal of the trust data; what is kept for later is asked again. */
async function renew(how: Renewal, quietly = false): Promise<void> {
  const { store } = app;
  if (!store || !config || app.busy) return;
  app.busy = true;
  app.notice = "";
  draw();
  try {
    app.notice = t(await how(store, config));
  } catch (error) {
    app.notice = troubleOf(error);
  }
  app.busy = false;
  const { state } = store;
  if (state) app.session = app.session.map((entry) => recheck(entry, state));
  draw();
  if (!quietly) shell.say(app.notice);
}

/** What the camera saw. A code held still is one verdict; a verdict that is held lets no other in. */
function found(texts: readonly string[], grabbedAt: number): void {
  const [text] = texts;
  if (text === undefined || (name !== "scan" && name !== "verdict")) return;
  const waits = shown && (shown.held() || !app.settings.continuous);
  if (waits && text !== last) return;
  if (texts.length > 1) shell.say(t("two_codes"));
  else if (repeats.isNew(text, performance.now() / 1000) && !waits) void judge(text, grabbedAt);
  last = text;
}

async function checkPicture(file: File): Promise<void> {
  const grabbedAt = performance.now();
  if (/\.sd-jwt$/i.test(file.name)) {
    const text = await file.slice(0, MAX_TEXT_FILE).text();
    return judge(text.trim(), grabbedAt);
  }
  shell.say(t("reading"));
  try {
    const { readPicture } = await import("./scan/pictures");
    const texts = await readPicture(file, await app.camera.decoder());
    const ours = await certificatesOf(texts);
    if (ours.length > 1) shell.say(t("two_codes"));
    else if (ours[0] !== undefined) await judge(ours[0], grabbedAt);
  } catch (error) {
    shell.say(pictureTrouble(error));
  }
}

/** Of several codes in a picture those of certificates, or else all. */
async function certificatesOf(texts: readonly string[]): Promise<readonly string[]> {
  if (texts.length < 2) return texts;
  await opening;
  const { check } = await engine;
  const trust = app.store?.state ?? null;
  const verdicts = await Promise.all(texts.map((text) => check(text, { trust, now: now() })));
  const ours = texts.filter((_, at) => verdicts[at]?.outcome !== "not_ours");
  return ours.length > 0 ? ours : texts;
}

async function judge(text: string, grabbedAt: number, opened = false): Promise<void> {
  await opening;
  const { check, readPoster } = await engine;
  const trust = app.store?.state ?? null;
  const poster = await readPoster(text, trust);
  if (poster) {
    app.poster = poster;
    go("ready");
    return;
  }
  show(await check(text, { trust, now: now() }), opened);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => performance.measure("frame-to-verdict", { start: grabbedAt })),
  );
}

function show(verdict: Verdict, opened: boolean): void {
  sequence += 1;
  app.session = [...app.session, entryOf(verdict, now())];
  shown = verdictScreen(app, { verdict, at: new Date(), sequence, opened });
  enter("verdict", shown.element);
  shown.tick();
  shell.say(shown.view.spoken);
  if (!app.settings.continuous) app.camera.pause();
  signal(GOOD.includes(shown.view.look), app.settings);
}

function clear(next: "scan" | "home"): void {
  shown = null;
  shell.say("");
  go(next);
}

function go(next: Name): void {
  if (next === "verdict") return;
  shown = null;
  if (next === "scan") void app.camera.start();
  else app.camera.pause();
  enter(next, SCREENS[next](app));
}

function enter(next: Name, element: HTMLElement): void {
  name = next;
  if (name !== "home" && !guarded) {
    history.pushState(null, "");
    guarded = true;
  }
  shell.main.replaceChildren(element);
  dress();
  element.querySelector("h1")?.focus();
  scrollTo(0, 0);
}

/** The screen again, as things are now; a verdict stays as it was given. */
function draw(): void {
  dress();
  if (name === "verdict") return;
  late = touched;
  if (late) return;
  const { activeElement } = document;
  const typed = shell.main.querySelector("textarea")?.value;
  const focused = shell.main.contains(activeElement) && selectorOf(activeElement);
  shell.main.replaceChildren(SCREENS[name](app));
  const field = shell.main.querySelector("textarea");
  if (field && typed) field.value = typed;
  if (focused) shell.main.querySelector<HTMLElement>(focused)?.focus();
}

function selectorOf(element: Element | null): string {
  const { action, setting } = element instanceof HTMLElement ? element.dataset : {};
  if (action) return `[data-action="${action}"]`;
  return setting ? `[data-setting="${setting}"]` : (element?.localName ?? "main");
}

function dress(): void {
  root.lang = language();
  document.title = t("title");
  root.style.fontSize = `${app.settings.textSize}%`;
  if (app.stored && app.store?.state && !app.store.problem) root.dataset.offlineReady = "true";
  shell.draw(app, name);
}

function base(): "scan" | "home" {
  return app.camera.on ? "scan" : "home";
}

function listen(): void {
  setInterval(() => {
    if (shown && !shown.tick()) clear(base());
  }, TICK);
  addEventListener("pointerdown", () => {
    touched = true;
  });
  // First of all who hear the click: what it does is drawn at once.
  addEventListener("click", () => (touched = false), { capture: true });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(lift));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && shown) clear(base());
  });
  addEventListener("hashchange", () => {
    const code = takeCode();
    if (code) void judge(code, performance.now(), true);
  });
  addEventListener("popstate", () => {
    guarded = false;
    if (name === "verdict") clear(base());
    else if (name !== "home") go("home");
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    if (name === "verdict") clear(base());
    else go("home");
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea");
    if (!typing || event.clipboardData?.files.length) take(event.clipboardData);
  });
  onScan(app.check);
}

/** The finger is off the screen, and its click, if any, has been heard. */
function lift(): void {
  touched = false;
  if (late) draw();
}

function take(data: DataTransfer | null): void {
  const [file] = data?.files ?? [];
  const text = data?.getData("text").trim();
  if (file) void checkPicture(file);
  else if (text) void app.check(text);
}
