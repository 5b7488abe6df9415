import { describe, expect, it } from "vitest";
import type { Reconciliation, StressDocument, WhatIf } from "../src/documents";
import { receive, forget } from "../src/live/store";
import * as fmt from "../src/numbers/format";
import { isEmpty } from "../src/parts/bars";
import { agreementWords } from "../src/places/account/agreement";
import { heldBack } from "../src/places/alerts/alerts";
import { ofPool } from "../src/places/account/days";
import { firingElse } from "../src/places/overview/lead";
import { nearestWords, sentence } from "../src/places/whatif/results";
import type { AlertRow, Snapshot } from "../src/wire";
import { oneMode } from "../src/words";
import recorded from "./snapshot.json";

const snapshot = recorded as unknown as Snapshot;
const row = snapshot.accounts.find((a) => a.name === "strained")!;
const pool = row.pools![0]!;

describe("an account", () => {
  it("whose margin mode is one for all says so, and is not asked for the other", () => {
    expect(oneMode({ ...row, margin_mode: null })).toBeNull();
    expect(oneMode({ ...row, margin_mode: "cross" })).toBe("The margin mode is the account’s, not each position’s: all of them are cross, and none can be isolated.");
    expect(oneMode({ ...row, margin_mode: "isolated" })).toContain("none can be cross");
  });
  it("has nothing open where neither a position nor a requirement is there, and never where it is not known", () => {
    const none = { ...row, status: "healthy" as const, requirement: "0", pools: [{ ...pool, requirement: "0", positions: [] }] };
    expect(isEmpty(none)).toBe(true);
    expect(isEmpty({ ...none, status: "unknown", requirement: null, pools: null })).toBe(false);
    expect(isEmpty({ ...none, pools: [{ ...pool, requirement: "0" }] })).toBe(false);
    expect(isEmpty({ ...none, pools: [{ ...pool, requirement: null, positions: [] }] })).toBe(false);
    expect(isEmpty({ ...none, pools: null, net_usd: "0" })).toBe(true);
    expect(isEmpty({ ...none, pools: null, net_usd: null })).toBe(false);
  });
  it("says of a bad day the status of the pool whose figures stand there", () => {
    const day = {
      scenario: "a",
      title: "A",
      words: "",
      source: "",
      status: "liquidation" as const,
      pools: [{ pool: "USDT", asset: "USDT", status: "healthy" as const, margin_ratio: "0.1", buffer: "9", buffer_lost: "1" }],
      findings: [],
    };
    const found: StressDocument = { status: "healthy", days: [day] };
    expect(ofPool(found, "USDT")[0]!.status).toBe("healthy");
    expect(ofPool(found, "another")[0]!.status).toBe("unknown");
    expect(ofPool(found, "USDT")[0]!.share).toBe(0.1); // of what there was then, whatever the buffer is by now
  });
  it("does not leave out the figures of the venue that it could not compute", () => {
    const counts = (of: Record<string, number>) => agreementWords({ counts: of } as unknown as Reconciliation);
    expect(counts({ agrees: 62, differs: 0, "not computable": 4 })).toBe("62 of 66 fields agree with the venue, 4 not computable");
    expect(counts({ agrees: 3, differs: 1, "not computable": 0 })).toBe("3 of 4 fields agree with the venue");
    expect(counts({ agrees: 0, differs: 0, "not computable": 2 })).toBe("0 of 2 fields agree with the venue, 2 not computable");
  });
});

describe("the overview", () => {
  it("tells of alerts that fire for accounts that are not in need", () => {
    const alert = (account: string | null, state: AlertRow["state"]) => ({ ...snapshot.alerts[0], id: `${account} ${state}`, account, state }) as AlertRow;
    const of = (...alerts: AlertRow[]): string | null => {
      forget();
      receive({ ...snapshot, alerts });
      return firingElse();
    };
    expect(of(alert("strained", "firing"))).toBeNull();
    expect(of(alert("carry", "muted"))).toBeNull();
    expect(of(alert("carry", "firing"), alert("strained", "firing"))).toBe("1 other alert fires");
    expect(of(alert("carry", "firing"), alert(null, "firing"))).toBe("2 other alerts fire");
  });
});

describe("what if", () => {
  const position = (key: string, below: string | null, above: string | null = null) => ({
    key,
    instrument: key.split("/")[0]!,
    side: "both",
    measures: { liquidation_price_below: below, liquidation_price_above: above },
  });
  const answer = (positions: ReturnType<typeof position>[], status = "watch", findings: unknown[] = []): WhatIf =>
    ({
      after: { pools: [{ id: "USDT", kind: "cross", asset: "USDT", status, measures: {}, positions }], findings },
      account_after: { market: { mark: { AUSDT: "100", BUSDT: "10" } } },
    }) as unknown as WhatIf;

  it("tells the nearest distance to the line, cut towards the mark", () => {
    const found = answer([position("AUSDT/both", "90"), position("BUSDT/both", null, "10.0619")]);
    expect(nearestWords(found)).toBe(` From there the line is at +0.61${fmt.THIN}% if BUSDT moves alone; together with others it may come sooner.`);
    expect(nearestWords(answer([position("AUSDT/both", "90")]))).toBe(` From there the line is at ${fmt.MINUS}10.0${fmt.THIN}% if AUSDT moves alone.`);
  });
  it("is no judgement where it is told by figures that are late", () => {
    const late = { id: "USDT", kind: "cross", asset: "USDT", status: "unknown" as const, measures: { margin_ratio: "0.27", buffer: "62.5", maintenance_margin: "1" } };
    expect(sentence(late, [])).toBe(`By the last known figures it would use 27.0${fmt.THIN}% of its support; 62.50 USDT might be lost before the venue acts.`);
    expect(sentence({ ...late, status: "watch" as const }, [])).toContain("It uses 27.0");
  });
  it("says that no line is there only where that is known", () => {
    expect(nearestWords(answer([position("AUSDT/both", null)], "healthy"))).toContain("no price alone");
    const unsupported = [{ code: "UNSUPPORTED", severity: "warning", where: "AUSDT/both", measure: "liquidation_price", message: "" }];
    expect(nearestWords(answer([position("AUSDT/both", null)], "healthy", unsupported))).toBe("");
    expect(nearestWords(answer([position("AUSDT/both", null)], "unknown"))).toBe("");
    expect(nearestWords(answer([position("CUSDT/both", null)], "healthy"))).toBe("");
    expect(nearestWords(answer([position("AUSDT/both", "99")], "liquidation"))).toBe("");
  });
});

describe("an alert that is held", () => {
  it("says why it is not told yet", () => {
    expect(heldBack("unknown")).toBe("shown at once; told if it does not heal");
    for (const kind of ["band", "funding"] as const) expect(heldBack(kind)).toMatch(/^its band was told lately: told when .* if it still holds$/);
  });
});

describe("words of the core", () => {
  it("begin as sentences do, without marks around names of fields", () => {
    expect(fmt.told("give `wallets`, also where empty")).toBe("Give wallets, also where empty");
    expect(fmt.told("maxWithdrawAmount is not told")).toBe("maxWithdrawAmount is not told");
    expect(fmt.told("σ needs 7 days")).toBe("σ needs 7 days");
    expect(fmt.ended("this run keeps no keys")).toBe("This run keeps no keys.");
  });
  it("tell short records in hours and keep a day on one line", () => {
    expect(fmt.spanOfDays("0.1")).toBe("2 h 24");
    expect(fmt.spanOfDays("7.5")).toBe("7 d");
    expect(fmt.date(Date.parse("2026-11-20T00:00:00Z"))).toBe(`2026-${fmt.JOINER}11-${fmt.JOINER}20`);
  });
});
