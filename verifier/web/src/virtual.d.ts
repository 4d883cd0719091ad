/** What the build makes up: see plugins/codes.ts. */

declare module "virtual:codes" {
  export type Section = "outcomes" | "steps" | "verification" | "warnings" | "trust";
  export type Outcome =
    | "valid"
    | "revoked"
    | "suspended"
    | "expired"
    | "invalid"
    | "undecided"
    | "not_ours";

  interface Words {
    readonly "zh-CN": string;
    readonly en: string;
  }
  interface Entry extends Words {
    readonly hint?: Words;
    readonly outcome?: Outcome;
    readonly mark?: string;
  }
  const table: Readonly<Record<Section, Readonly<Record<string, Entry>>>>;
  export default table;
}
