/** The page's own offline copy: the service worker is registered here, and a new version waits for a yes. */

import { scriptUrl } from "./dom";

/** What the page shows of it. */
export interface Offline {
  /** Whether a service worker answers this page, so that it opens without a network. */
  readonly ready: boolean;
  /** Let the waiting version take over; every tab reloads as one. */
  update(): void;
}

/**
 * Keep the page on the phone; null where it works only while it is open.
 *
 * `changed` is told when the page is ready for offline use and when a new version waits.
 */
export async function keepOffline(
  changed: (what: "ready" | "waiting", offline: Offline) => void,
): Promise<Offline | null> {
  // A copy opened from a file has no origin that a service worker could belong to.
  if (!("serviceWorker" in navigator) || !isSecureContext || location.protocol === "file:") {
    return null;
  }
  const { serviceWorker } = navigator;
  let controlled = serviceWorker.controller !== null;
  let waiting: ServiceWorker | null = null;
  const offline: Offline = {
    get ready() {
      return serviceWorker.controller !== null;
    },
    update: () => waiting?.postMessage({ type: "skip-waiting" }),
  };
  serviceWorker.addEventListener("controllerchange", () => {
    // The first one to take control has the very version that is shown; a later one has another.
    if (controlled) location.reload();
    controlled = true;
    changed("ready", offline);
  });
  const offer = (worker: ServiceWorker | null): void => {
    if (worker === null || serviceWorker.controller === null) return;
    waiting = worker;
    changed("waiting", offline);
  };
  try {
    const registration = await serviceWorker.register(scriptUrl("./sw.js"), {
      updateViaCache: "none",
    });
    offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing?.addEventListener("statechange", () => {
        if (installing.state === "installed") offer(registration.waiting);
      });
    });
  } catch {
    return null; // refused by the browser's settings or a private window
  }
  if (offline.ready) changed("ready", offline);
  return offline;
}
