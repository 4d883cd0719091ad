/** Answers what tests/browser/agreement.py asks, by WebCrypto and then by the library. */

import { decode } from "../../src/core/base64url";
import { hex, utf8 } from "../../src/core/bytes";
import { useFallback } from "../../src/core/ed25519";
import { ZhengyinError } from "../../src/core/errors";
import { readPresentation, tokenOf } from "../../src/core/presentation";
import { text } from "../../src/core/sd-jwt";
import { sha256 } from "../../src/core/sha256";
import { at } from "../../src/core/status-list";
import { dumps, type Json } from "../../src/core/strict-json";
import { type Documents, type TrustState, update } from "../../src/core/trust";
import { check, type Verdict } from "../../src/core/verdict";

/** Documents by where they lie on the shelf. */
interface Given {
  readonly roots: readonly number[];
  readonly snapshot: number;
  readonly registry: number;
  readonly registry_signatures: number;
  readonly types: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, number>>;
  readonly issued: Readonly<Record<string, number>>;
  readonly replaced: Readonly<Record<string, number>>;
  readonly pins: readonly string[];
  readonly now: number;
}

interface Questions {
  readonly shelf: readonly string[];
  readonly states: Readonly<Record<string, Given>>;
  readonly asked: readonly (readonly [text: string, trust: string | null, at: number])[];
  readonly updates: readonly (readonly Given[])[];
  /** How many of them each engine answers. */
  readonly first: Readonly<Record<Engine, number>>;
  readonly first_updates: Readonly<Record<Engine, number>>;
}

type Engine = "webcrypto" | "library";
type Code = string;

const ORIGIN = "zs.example.cn"; // where digits alone are unpacked
const SAYS_SOMETHING = new Set(
  "replaced expired registry_expired issued_after_snapshot issuer_unknown".split(" "),
);
const DIGITS = { valid: "0", invalid: "1", suspended: "2" };

const hash = async (data: Uint8Array): Promise<string> => hex(await sha256(data)).slice(0, 16);

/** What comes of `work`, or the code with which it is refused. */
async function orCode<Result>(work: Promise<Result>): Promise<Result | Code> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ZhengyinError) return error.code;
    throw error;
  }
}

/** The SD-JWT that a text stands for. */
async function unpacked(presented: string): Promise<string> {
  const presentation = readPresentation(presented);
  return hash(utf8(text(await tokenOf(presentation, presentation.origin ?? ORIGIN))));
}

/** The members that Python's verdict has too, in its order; details are said in other words. */
const report = (verdict: Verdict) => ({
  outcome: verdict.outcome,
  code: verdict.code,
  warnings: verdict.warnings.map((one) => ({ ...one })),
  checks: verdict.checks.map((one) => ({ ...one })),
  demo: verdict.demo,
  institution: verdict.institution,
  type: verdict.type,
  certificate_number: verdict.certificate_number,
  holder_name: verdict.holder_name,
  claims: verdict.claims,
  issued_at: verdict.issued_at,
  registry: verdict.registry,
  status_as_of: verdict.status_as_of,
});

async function answer(
  [presented, trust, now]: Questions["asked"][number],
  states: ReadonlyMap<string, TrustState>,
): Promise<string> {
  const state = trust === null ? null : states.get(trust);
  if (state === undefined) throw new Error(`no state ${trust}`);
  const verdict = await check(presented, { trust: state, now });
  return [
    verdict.code,
    verdict.checks.map(({ state }) => state[0]).join(""),
    verdict.warnings.map(({ code }) => code).join(" "),
    SAYS_SOMETHING.has(verdict.code) ? `${verdict.message["zh-CN"]} ${verdict.message.en}` : "",
    await orCode(unpacked(presented)),
    await hash(dumps(report(verdict))),
  ].join("|");
}

/** What a state believes. */
function believed(state: TrustState): Json {
  const statuses = [...state.lists].map(([name, { status, issued, replaced, statusIsOld }]) => [
    name,
    status && Array.from({ length: status.count }, (_, idx) => DIGITS[at(status, idx)]).join(""),
    issued && hex(issued.data),
    [...replaced].map((one) => [...one]),
    statusIsOld,
  ]);
  return [
    state.root.version,
    state.registry.version,
    state.snapshot.version,
    state.newest,
    state.demo,
    [...state.keys.keys()],
    [...state.types.keys()],
    statuses,
  ];
}

/** The codes of the updates, `null` where one is accepted, and what is believed in the end. */
async function answerUpdates(steps: readonly Given[], documents: Shelf): Promise<string> {
  let state: TrustState | null = null;
  const codes: string[] = [];
  for (const step of steps) {
    const next: TrustState | Code = await orCode(
      update(state, documents(step), { pins: step.pins, now: step.now }),
    );
    codes.push(typeof next === "string" ? next : "");
    if (typeof next !== "string") state = next;
  }
  return `${codes.join(",")}|${state ? await hash(dumps(believed(state))) : ""}`;
}

type Shelf = (given: Given) => Documents;

function shelfOf(texts: readonly string[]): Shelf {
  const shelf = texts.map(decode);
  const data = (place: number): Uint8Array => {
    const found = shelf[place];
    if (!found) throw new Error(`nothing at ${place}`);
    return found;
  };
  const files = (named: Readonly<Record<string, number>>) =>
    new Map(Object.entries(named).map(([name, place]) => [name, data(place)]));
  return (given) => ({
    roots: given.roots.map(data),
    snapshot: data(given.snapshot),
    registry: data(given.registry),
    registrySignatures: data(given.registry_signatures),
    types: files(given.types),
    status: files(given.status),
    issued: files(given.issued),
    replaced: files(given.replaced),
  });
}

async function answerAll(questions: Questions, engine: Engine): Promise<Json> {
  useFallback(engine === "library");
  const documents = shelfOf(questions.shelf);
  const states = new Map<string, TrustState>();
  for (const [name, given] of Object.entries(questions.states)) {
    states.set(name, await update(null, documents(given), given));
  }
  const asked: string[] = [];
  for (const question of questions.asked.slice(0, questions.first[engine])) {
    asked.push(await answer(question, states));
  }
  const updates: string[] = [];
  for (const steps of questions.updates.slice(0, questions.first_updates[engine])) {
    updates.push(await answerUpdates(steps, documents));
  }
  return { asked, updates };
}

const send = (path: string, said: Json): Promise<Response> =>
  fetch(path, { method: "POST", body: JSON.stringify(said) });

/** Whether this browser's WebCrypto has Ed25519, without which both engines are the library. */
async function hasEd25519(): Promise<boolean> {
  const key = decode("PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"); // RFC 8032 §7.1, TEST 2
  try {
    await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

async function answerBoth(): Promise<void> {
  const questions: Questions = await (await fetch("questions.json")).json();
  if (!(await hasEd25519())) throw new Error("WebCrypto has no Ed25519");
  await send("webcrypto", await answerAll(questions, "webcrypto"));
  await send("library", await answerAll(questions, "library"));
}

answerBoth().catch((error: unknown) =>
  send("failed", error instanceof Error ? `${error}\n${error.stack}` : String(error)),
);
