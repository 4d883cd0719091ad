/** Bringing the trust data up to date: everything is read first, then judged, then kept or refused whole. */

import { TrustError } from "../core/errors";
import type { PageConfig } from "./config";
import { collect, type Progress } from "./source";
import type { TrustStore } from "./store";
import { webSource } from "./web-source";

type Refreshed = "updated" | "unchanged";

let running: Promise<Refreshed> | null = null;

/**
 * Fetch what is published and give it to `store`, as of `now` (seconds); one refresh at a time.
 *
 * Throws TrustError: the codes `network_*`, or as `store.replace`; the store stays as it was.
 */
export function refresh(
  store: TrustStore,
  config: PageConfig,
  now: number,
  progress?: Progress,
): Promise<Refreshed> {
  running ??= run(store, config, now, progress).finally(() => {
    running = null;
  });
  return running;
}

async function run(
  store: TrustStore,
  config: PageConfig,
  now: number,
  progress?: Progress,
): Promise<Refreshed> {
  if (config.trust === null) throw new TrustError("refresh_source_missing");
  const before = store.documents;
  await store.replace(await collect(webSource(config.trust), before, progress), now);
  return store.documents === before ? "unchanged" : "updated";
}
