/** All that judges, loaded behind the first picture of the page. */

export { check } from "./core/verdict";
export { readBundle } from "./trust/bundle";
export { loadConfig } from "./trust/config";
export { readPoster } from "./trust/poster";
export { refresh } from "./trust/refresh";
export { openStore } from "./trust/store";
