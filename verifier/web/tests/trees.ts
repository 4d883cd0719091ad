/** Vector files as a whole, and the published trees that they rest on (tests/vectors/README.md). */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex, utf8 } from "../src/core/bytes";
import {
  type Kind,
  registryPath,
  registrySignaturesPath,
  rootPath,
  SNAPSHOT,
  wanted,
} from "../src/core/published";
import { type Documents, unverifiedSnapshot } from "../src/core/trust";

const FOLDER = new URL("../../../tests/vectors/", import.meta.url);

/** A JSON file, of the form that tests/vectors/schema.json says. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, FOLDER), "utf8"));
}

/** What is pinned for the tree `trust/{name}`, and when it is read. */
export function readSet(name: string): { readonly pins: readonly string[]; readonly now: number } {
  const { pins, loaded } = readJson<{ pins: string[]; loaded: string }>(`trust/${name}/set.json`);
  return { pins, now: seconds(loaded) };
}

/** The names of the files `{folder}/{…}.json`. */
export function filesOf(folder: string): readonly string[] {
  const files = readdirSync(new URL(`${folder}/`, FOLDER)).filter((name) => name.endsWith(".json"));
  return files.map((name) => `${folder}/${name.replace(".json", "")}`);
}

export function seconds(time: string): number {
  return Date.parse(time) / 1000;
}

/** A document as it stands on the shelf of a file. */
export interface Stored {
  readonly utf8?: string;
  readonly hex?: string;
}

export function fromShelf(stored: Stored | undefined): Uint8Array {
  return stored?.utf8 === undefined ? fromHex(stored?.hex ?? "") : utf8(stored.utf8);
}

/** The published tree `trust/{name}`; a list whose file is absent was not loaded. */
export function readTree(name: string): Documents {
  const read = (path: string): Uint8Array | undefined => {
    const file = fileURLToPath(new URL(`trust/${name}/t/${path}`, FOLDER));
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
  };
  const required = (path: string): Uint8Array => read(path) ?? new Uint8Array();
  const roots: Uint8Array[] = [];
  for (let root = read(rootPath(1)); root; root = read(rootPath(roots.length + 1))) {
    roots.push(root);
  }
  const snapshot = required(SNAPSHOT);
  const named = unverifiedSnapshot(snapshot);
  const registry = required(registryPath(named.registry.version));
  const files: Record<Kind, Map<string, Uint8Array>> = {
    types: new Map(),
    status: new Map(),
    issued: new Map(),
    replaced: new Map(),
  };
  for (const { kind, key, path } of wanted(registry, named)) {
    const data = read(path);
    if (data) {
      files[kind].set(key, data);
    }
  }
  const registrySignatures = required(registrySignaturesPath(named.registry.version));
  return { roots, snapshot, registry, registrySignatures, ...files };
}
