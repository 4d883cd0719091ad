/** What was checked since the page opened: masked when it is written down, and only in memory. */

import { hex } from "../core/bytes";
import { word } from "../core/codes";
import { countOf, slotAt } from "../core/issued-list";
import { at } from "../core/status-list";
import type { TrustState } from "../core/trust-state";
import type { Verdict } from "../core/verdict";
import { language, moment, t } from "../language";
import { visible } from "../visible";

/** What newer trust data says of a certificate of which nothing but its place in a list is kept. */
export type Later = "waiting" | "valid" | "invalid" | "suspended" | "absent" | "not_yet";

export interface Entry {
  readonly at: number; // seconds
  readonly outcome: Verdict["outcome"];
  readonly demo: boolean;
  readonly kind: Verdict["kind"];
  readonly name: string; // masked
  readonly number: string; // masked
  readonly warnings: Verdict["warnings"];
  /** Place and hash, for a verdict that newer data could change; the credential itself is gone. */
  readonly recheck: { readonly list: string; readonly idx: number; readonly key: string } | null;
  readonly later: { readonly state: Later; readonly asOf: number } | null;
}

const SHOWN = 4; // last characters of a number
const SLOT = 20; // hex characters of a slot of the issued list

export function entryOf(verdict: Verdict, now: number): Entry {
  const open = verdict.outcome === "undecided" || verdict.warnings.length > 0;
  const recheck =
    open && verdict.list && verdict.credential_key
      ? { list: verdict.list.key, idx: verdict.list.idx, key: verdict.credential_key }
      : null;
  return {
    at: now,
    outcome: verdict.outcome,
    demo: verdict.demo,
    kind: verdict.kind,
    name: maskName(verdict.holder_name ?? ""),
    number: maskNumber(verdict.certificate_number ?? ""),
    warnings: verdict.warnings,
    recheck,
    later: recheck && { state: "waiting", asOf: 0 },
  };
}

/** 王小明 → 王* */
export function maskName(name: string): string {
  const [first] = visible(name);
  return first ? `${first}*` : "";
}

/** The last four characters, or fewer of a short number: never more than half of it. */
export function maskNumber(number: string): string {
  const characters = [...visible(number)];
  const shown = Math.min(SHOWN, Math.floor(characters.length / 2));
  return (
    "*".repeat(characters.length - shown) + characters.slice(characters.length - shown).join("")
  );
}

/** Ask `trust` again. Status and issued list only: the signature was judged when it was shown. */
export function recheck(entry: Entry, trust: TrustState): Entry {
  if (!entry.recheck) return entry;
  const asOf = trust.snapshot.iat;
  return { ...entry, later: { state: laterState(entry.recheck, trust), asOf } };
}

function laterState({ list, idx, key }: NonNullable<Entry["recheck"]>, trust: TrustState): Later {
  const held = trust.lists.get(list);
  if (!held?.status || !held.issued) return "not_yet";
  if (idx >= Math.min(held.status.count, countOf(held.issued))) return "not_yet";
  if (hex(slotAt(held.issued, idx)) !== key.slice(0, SLOT)) return "absent";
  const status = at(held.status, idx);
  return held.statusIsOld && status === "valid" ? "not_yet" : status;
}

/** The words of a later answer; empty where none is due. */
export function laterText(entry: Entry): string {
  const { later } = entry;
  return later ? t(`later_${later.state}`, { date: moment(later.asOf) }) : "";
}

/** RFC 4180 with a byte order mark, for spreadsheet programs; no cell can be taken for a formula. */
export function csv(entries: readonly Entry[]): string {
  const head = [
    t("column_time"),
    t("column_outcome"),
    t("column_type"),
    t("column_name"),
    t("column_number"),
    t("column_warnings"),
    t("column_later"),
  ];
  const rows = entries.map((entry) => [
    moment(entry.at),
    outcomeText(entry),
    entry.kind?.[language()] ?? "",
    entry.name,
    entry.number,
    entry.warnings.map((warning) => warning[language()]).join(" / "),
    laterText(entry),
  ]);
  return `\ufeff${[head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}

export function outcomeText({ outcome, demo }: Entry): string {
  return word("outcomes", outcome, language()) + (demo ? ` ◇ ${t("demo_short")}` : "");
}

function cell(text: string): string {
  const safe = /^\s*[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text; // as verifier/csv_cell.py
  return `"${safe.replace(/"/g, '""')}"`;
}
