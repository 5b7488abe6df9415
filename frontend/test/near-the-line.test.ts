// What is told of an account that is called, owes, or has a margin of its own: nothing of it reads as safe.
import { describe, expect, it } from "vitest";
import { exact, MINUS, NO_BREAK, THIN } from "../src/numbers/format";
import * as fmt from "../src/numbers/format";
import { isOwing, isPast, useWords } from "../src/parts/bars";
import { value } from "../src/parts/explanation";
import { aimOf, closeWords, payWords, planText, tryIt } from "../src/parts/plan";
import { asNow, late } from "../src/places/account/account";
import { mapWords } from "../src/places/account/map";
import { finding, inSigmas, reading } from "../src/places/account/picture";
import { alike, clause } from "../src/places/overview/lead";
import { lineAt } from "../src/places/overview/rows";
import { command, question } from "../src/places/whatif/question";
import { sentence } from "../src/places/whatif/results";
import type { Grid, History, HistoryPoint, Plan, Snapshot } from "../src/wire";
import recorded from "./snapshot.json";

const snapshot = recorded as unknown as Snapshot;
const row = snapshot.accounts.find((a) => a.name === "strained")!;
const called = snapshot.accounts.find((a) => a.status === "margin_call")!;

describe("an account that is called", () => {
  const before = { ...row, status: "margin_call" as const, ratio: "0.9", pools: [] };
  it("is past its line only where the call is the line", () => {
    expect(isPast("margin_call", "1.04")).toBe(true);
    expect(isPast("margin_call", null)).toBe(true);
    expect(isPast("margin_call", "0.9")).toBe(false);
    expect(isPast("liquidation", "0.9")).toBe(true);
  });
  it("keeps its distance to the liquidation that is still ahead", () => {
    expect(lineAt(called)).toBe("past it");
    expect(lineAt(before)).toBe(fmt.near(row.nearest!.move));
    expect(clause(before, false)).toMatch(/^is past its margin call; it ends with a fall/);
    expect(clause(called, false)).toMatch(/^is past its margin call: .* are called\.$/);
  });
});

describe("an account that owes", () => {
  const owing = { ...row, status: "watch" as const, ratio: null, requirement: "0", support: "-665.0176376", buffer: "-665.0176376", nearest: null };
  it("says so, and has no support instead of one that is not known", () => {
    expect(isOwing(owing)).toBe(true);
    expect(isOwing({ requirement: null, buffer: "-1" })).toBe(false);
    expect(isOwing({ requirement: "0", buffer: "0" })).toBe(false);
    expect(useWords(null, "watch", [], owing)).toBe("no support");
    expect(useWords(null, "watch", [], { requirement: null, buffer: null })).toBe("?");
    expect(clause(owing, false)).toBe("owes 665.02 USDT and has nothing open.");
    expect(aimOf(owing, row.plan!)).toBe("To owe nothing");
  });
  it("is told the same by what if", () => {
    const pool = { id: "USDT", kind: "cross", asset: "USDT", status: "watch" as const, measures: { buffer: "-665.0176376", maintenance_margin: "0", margin_ratio: null } };
    expect(sentence(pool, [])).toBe("Nothing is open, and 665.02 USDT are owed.");
  });
});

describe("a plan", () => {
  const cut = { instrument: "SUIUSDT", position: "SUIUSDT/both", side: "sell" as const, size: "60000" };
  const plan = { ...row.plan!, pool: "SUIUSDT/both isolated", pay_in: { amount: "911.385", asset: "USDT" }, close_share: "1", closes: [cut], cut: null };
  it("of an isolated position adds to its margin, for what is paid into the wallet does not help it", () => {
    expect(payWords(plan, "911.39 USDT")).toBe("add 911.39 USDT to the margin of SUIUSDT");
    expect(payWords({ ...plan, pool: "USDT" }, "911.39 USDT")).toBe("pay in 911.39 USDT");
    expect(planText({ ...row, plan }, plan)).toContain("\nadd 911.385 USDT to the margin of SUIUSDT\n");
    const tried = new URLSearchParams(tryIt(row, plan).split("?")[1]);
    expect([tried.get("pay"), tried.get("to")]).toEqual(["911.385", "SUIUSDT/both"]);
    const { changes } = question(Object.fromEntries(tried), [], "USDT");
    expect(changes).toEqual([{ change: "add_margin", position: "SUIUSDT/both", amount: "911.385" }]);
    expect(command("a", changes)).toBe("marginline whatif a.json --add-margin SUIUSDT/both:911.385");
  });
  it("names the position where there is one, and never tells to close every position of an account for one", () => {
    expect(closeWords(plan)).toBe("close SUIUSDT");
    expect(closeWords({ ...plan, close_share: "0.2" })).toBe(`close 20.00${THIN}% of SUIUSDT`);
    const two: Plan = { ...plan, closes: [cut, { ...cut, position: "XRPUSDT/both" }] };
    expect([closeWords(two), closeWords({ ...two, close_share: "0.2" })]).toEqual(["close every position", `close 20.00${THIN}% of each`]);
  });
});

describe("figures", () => {
  it("of a chance have two digits that say something", () => {
    expect(["0.0052", "0.0014", "0.0996", "0.104", "0.009999", "0.0999"].map(fmt.odds)).toEqual(["0.52", "0.14", "10", "10", "1.0", "10"].map((n) => `${n}${THIN}%`));
  });
  it("that differ are never told as the same, nor their difference as nothing", () => {
    expect([fmt.beside("6.878707", "6.878710"), fmt.beside("6.878710", "6.878707")]).toEqual(["6.878707", "6.878710"]);
    expect([fmt.beside("9400", "9400.00"), fmt.beside("0.00412345", "0.00412345"), fmt.beside(null, "1")]).toEqual(["9,400.00", "0.004123", "?"]);
    expect([fmt.apart("-0.000003"), fmt.apart("12.345"), fmt.apart(null)]).toEqual([`${MINUS}0.0000030`, "+12.34", "?"]);
  });
  it("in σ are cut, as every distance", () => expect([inSigmas(-0.0475, 0.05), inSigmas(0.01, 0.05)]).toEqual(["0.97", "0.19"]));
  it("of the past have the digits of their asset", () => {
    const point = { at: "2026-11-20T14:00:00Z", support: "6.878707", requirement: "0.055383", buffer: "6.823324", ratio: "0.00805" } as HistoryPoint;
    expect(reading(point, "BTC")).toContain("balance 6.878707, requirement 0.055383, buffer 6.823324 BTC");
    expect(finding({ points: [point] } as unknown as History, "BTC")).toContain("stayed at 6.878707");
  });
  it("of a map do not leave out a corner that is beyond the line", () => {
    const grid = (over: number) => ({ x: { of: "A" }, y: { of: "B" }, ratio: [Array.from({ length: 1000 }, (_, i) => (i < over ? 1.2 : 0.2))] }) as unknown as Grid;
    expect(mapWords(grid(2))).toContain("1 per cent of it lies beyond the line");
    expect(mapWords(grid(0))).toContain("no pair of moves");
  });
});

describe("sentences", () => {
  it("name together whom one cause makes unknown", () => {
    const why = "cannot be judged: the marks stream is silent.";
    expect(alike([["a", "unknown", why], ["b", "unknown", why], ["c", "watch", "is strained."], ["d", "watch", "is strained."]])).toEqual([
      { names: ["a", "b"], status: "unknown", says: why },
      { names: ["c"], status: "watch", says: "is strained." },
      { names: ["d"], status: "watch", says: "is strained." },
    ]);
    expect(late(["marks: BTCUSDT", "marks: XRPUSDT", "account"])).toBe("marks of BTCUSDT, XRPUSDT; account");
  });
  it("and the gauge beside them are of one moment", () => {
    const pool = row.pools![0]!;
    expect(asNow({ ...row, worst: pool.id, ratio: "0.9", buffer: "1" }, pool)).toMatchObject({ ratio: "0.9", buffer: "1", id: pool.id });
    expect(asNow({ ...row, worst: "another", ratio: "0.9" }, pool)).toBe(pool);
    expect(asNow({ ...row, worst: pool.id, ratio: null }, pool)).toBe(pool);
  });
  it("keep a number and its unit on one line, and what is copied as it is", () => {
    expect(fmt.told("no data for 10 s, the limit is 2 h; 5 USDT of the venue's")).toBe(`No data for 10${NO_BREAK}s, the limit is 2${NO_BREAK}h; 5${NO_BREAK}USDT of the venue’s`);
    expect(exact("10")).toBe("10");
  });
});

describe("an explanation", () => {
  it("does not put a ratio onto the line that it has not reached", () => {
    expect(value("0.9999961", "fraction", 24)).toBe(`0.9999961 = 99.9996${THIN}%`);
    expect(value("1.000004", "fraction", 24)).toBe(`1.000004 = 100.0004${THIN}%`);
    expect(value("0.86834", "fraction", 24)).toBe(`0.86834 = 86.834${THIN}%`);
  });
});
