/** What the tests of the phone's trust data start from: real documents, a host, a browser's storage. */

import { deflateRawSync } from "node:zlib";
import { utf8 } from "../src/core/bytes";
import { TrustError } from "../src/core/errors";
import {
  registryPath,
  registrySignaturesPath,
  rootPath,
  SNAPSHOT,
  wanted,
} from "../src/core/published";
import { type Documents, readRoot, unverifiedSnapshot } from "../src/core/trust";
import { filesOf, fromShelf, readJson, readSet, readTree, type Stored, seconds } from "./trees";

export const { now: LOADED, pins: PINS } = readSet("prod");
export const PROD = readTree("prod");
export const DEMO = readTree("demo");

/** The code with which `work` is refused, null where it is not. */
export async function refusal(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof TrustError) return error.code;
    throw error;
  }
}

export interface Step {
  readonly documents: Documents;
  /** Seconds. */
  readonly now: number;
  /** The refusal. */
  readonly code: string | null;
}

export interface Sequence {
  readonly name: string;
  readonly pins: readonly string[];
  readonly steps: readonly Step[];
}

type Names = Readonly<Record<string, string>>;

interface UpdateFile {
  readonly documents: Readonly<Record<string, Stored>>;
  readonly vectors: readonly {
    readonly name: string;
    readonly pins: readonly string[];
    readonly steps: readonly {
      readonly documents: {
        readonly roots: readonly string[];
        readonly snapshot: string;
        readonly registry: string;
        readonly registry_signatures: string;
        readonly types: Names;
        readonly status: Names;
        readonly issued: Names;
        readonly replaced: Names;
      };
      readonly now: string;
      readonly expect: { readonly code: string | null };
    }[];
  }[];
}

/** Each update vector: what a verifier is given one after the other. */
export function sequences(): readonly Sequence[] {
  return filesOf("updates").flatMap((file) => {
    const { documents: shelf, vectors } = readJson<UpdateFile>(`${file}.json`);
    const data = (name: string) => fromShelf(shelf[name]);
    const files = (names: Names) =>
      new Map(Object.entries(names).map(([key, name]) => [key, data(name)]));
    return vectors.map(({ name, pins, steps }) => ({
      name,
      pins,
      steps: steps.map(({ documents, now, expect }) => ({
        documents: {
          roots: documents.roots.map(data),
          snapshot: data(documents.snapshot),
          registry: data(documents.registry),
          registrySignatures: data(documents.registry_signatures),
          types: files(documents.types),
          status: files(documents.status),
          issued: files(documents.issued),
          replaced: files(documents.replaced),
        },
        now: seconds(now),
        code: expect.code,
      })),
    }));
  });
}

/** The first steps of the sequence `name`; the last again where it has fewer. */
export function stepsOf(name: string): readonly [Step, Step, Step] {
  const [first, second = first, third = second] =
    sequences().find((one) => one.name === name)?.steps ?? [];
  if (!first || !second || !third) throw new Error(`no vector ${name}`);
  return [first, second, third];
}

/** Path in the tree → bytes, for all that `documents` hold (keys/published.py, layout). */
export async function layout(documents: Documents): Promise<Map<string, Uint8Array>> {
  const named = unverifiedSnapshot(documents.snapshot);
  const { version } = named.registry;
  const content = new Map([
    [SNAPSHOT, documents.snapshot],
    [registryPath(version), documents.registry],
    [registrySignaturesPath(version), documents.registrySignatures],
  ]);
  for (const root of documents.roots) content.set(rootPath((await readRoot(root)).version), root);
  for (const { kind, key, path } of wanted(documents.registry, named)) {
    const data = documents[kind].get(key);
    if (data) content.set(path, data);
  }
  return content;
}

/** A zip file as keys/bundle.py writes it, or with its entries deflated. */
export function zip(content: ReadonlyMap<string, Uint8Array>, deflated = false): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, data] of [...content].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = utf8(path);
    const body = deflated ? deflateRawSync(data) : Buffer.from(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(deflated ? 8 : 0, 4);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const entry = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, name, body]);
    const at = Buffer.alloc(14);
    at.writeUInt32LE(offset, 10);
    const made = Buffer.from("PK\x01\x02\x14\x03", "latin1");
    central.push(Buffer.concat([made, common, at, name]));
    local.push(entry);
    offset += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...local, directory, end]));
}

/** A browser's Cache Storage, of which each operation can fail. */
export interface FakeCaches {
  readonly caches: Pick<CacheStorage, "open">;
  /** Address → bytes. */
  readonly entries: Map<string, Uint8Array>;
  /** Operations so far. */
  operations: number;
  /** Called before each operation; what it throws, the operation throws. */
  before: (operation: string, number: number) => void;
}

export function fakeCaches(entries = new Map<string, Uint8Array>()): FakeCaches {
  const fake: FakeCaches = {
    caches: { open: async () => cache as unknown as Cache },
    entries,
    operations: 0,
    before: () => undefined,
  };
  const step = (operation: string) => fake.before(operation, ++fake.operations);
  const cache = {
    async match(url: string) {
      step("match");
      const data = entries.get(url);
      return data && new Response(Uint8Array.from(data));
    },
    async put(url: string, response: Response) {
      step("put");
      entries.set(url, new Uint8Array(await response.arrayBuffer()));
    },
    async keys() {
      step("keys");
      return [...entries.keys()].map((url) => ({ url }));
    },
    async delete(url: string) {
      step("delete");
      return entries.delete(url);
    },
  };
  return fake;
}
