/** `virtual:codes`: the words of schemas/codes.json that the page can need, and no byte more. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const NAME = "virtual:codes";
const SOURCES = fileURLToPath(new URL("../src/", import.meta.url));
const CODES = fileURLToPath(new URL("../../../schemas/codes.json", import.meta.url));

type Words = Readonly<Record<string, string>>;
type Entry = Readonly<Record<string, string | Words>>;
type Table = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

/** The table without the sections that the page has no use for, and without codes it never raises. */
export function strip(table: Table, sources: readonly string[]): Table {
  const quoted = new Set(sources.flatMap((source) => source.match(/(?<=")[a-z_]+(?=")/g) ?? []));
  const kept = (section: string, wanted = (_: string) => true): Readonly<Record<string, Entry>> =>
    Object.fromEntries(
      Object.entries(table[section] ?? {})
        .filter(([code]) => wanted(code))
        .map(([code, entry]) => [code, withoutCommands(entry)]),
    );
  return {
    outcomes: kept("outcomes"),
    steps: kept("steps"),
    verification: kept("verification"),
    warnings: kept("warnings"),
    trust: kept("trust", (code) => quoted.has(code)),
  };
}

/** An entry whose hint names no commands and options: a phone has no command line. */
function withoutCommands({ hint, ...entry }: Entry): Entry {
  if (typeof hint !== "object") return entry;
  const said = Object.entries(hint).map(([language, text]) => [
    language,
    text
      .split(/(?=；|; )/)
      .filter((clause) => !/zhengyin|ZHENGYIN|--/.test(clause))
      .join(""),
  ]);
  return said.some(([, text]) => text) ? { ...entry, hint: Object.fromEntries(said) } : entry;
}

/** Serves `virtual:codes`. */
export function codes(): Plugin {
  return {
    name: "zhengyin-codes",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      this.addWatchFile(CODES);
      const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
      const sources = files
        .filter((file) => /\.ts$/.test(file))
        .map((file) => readFileSync(SOURCES + file, "utf8"));
      const table: Table = JSON.parse(readFileSync(CODES, "utf8"));
      return `export default ${JSON.stringify(strip(table, sources))}`;
    },
  };
}
