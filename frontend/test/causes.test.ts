import { describe, expect, it } from "vitest";
import { moving, title } from "../src/places/account/causes";
import { lines } from "../src/pictures/cumulated";
import type { PoolContagion } from "../src/documents";
import { comfort, together } from "../src/places/account/contagion";
import type { Causes } from "../src/wire";

const part = (cause: string, title: string, amount: string) => ({ cause, title, where: "", margin_balance: amount, requirement: "1", buffer: "0" });
const told: Causes = {
  account: "one",
  pool: "USDT",
  asset: "USDT",
  span_s: 3600,
  start: "2026-11-20T13:00:00.000Z",
  end: "2026-11-20T14:00:00.000Z",
  before: { margin_balance: "10000.005", requirement: "240", buffer: "9760" },
  after: { margin_balance: "8400", requirement: "239", buffer: "8161" },
  parts: [part("price", "ETHUSDT short", "-1240"), part("funding", "funding", "-360.005"), part("tiers", "tiers", "0"), part("unexplained", "unexplained", "0")],
  over_time: [],
  sentences: {},
  unexplained: "0",
  gaps: [],
  notes: [],
  reasons: [],
};

describe("causes", () => {
  it("say by how much it moved, to the last digit, and in which time", () => {
    expect(title(told)).toBe("Why it fell by 1,600.00 USDT in 1 h 00");
    expect(title({ ...told, after: { ...told.before! } })).toContain("stands where it was");
    expect(title(null)).toBe("Why it moved");
  });
  it("show what moved the balance, and what is unexplained also as zero", () => {
    expect(moving(told.parts).map((p) => p.title)).toEqual(["ETHUSDT short", "funding", "unexplained"]);
  });
  it("over time draw the largest five, the rest together", () => {
    const amounts = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name, i) => [name, String(-(i + 1))]));
    const drawn = lines({ ...told, over_time: [{ at: told.start!, margin_balance: {} }, { at: told.end!, margin_balance: amounts }] });
    expect(drawn.map((line) => line.name)).toEqual(["f", "e", "d", "c", "2 others"]);
    expect(drawn[4]!.values).toEqual([0, -3]);
  });
});

describe("contagion", () => {
  const one = (position: string, own_move: string | null, takes_with_it: string[]) => ({ position, requirement: null, loss: null, freed_by_closing: null, own_move, own_move_is: own_move === null ? ("none" as const) : ("known" as const), takes_with_it });
  const pool = (positions: PoolContagion["positions"]): PoolContagion => ({ pool: "USDT", asset: "USDT", day: null, day_title: null, requirement: null, loss: null, comfort: null, positions, findings: [] });
  it("names the position that is nearest to the line alone, and whom it takes along", () => {
    const found = pool([one("ETHUSDT/both", "0.108", ["XRPUSDT/both"]), one("XRPUSDT/both", "-0.0061", ["ETHUSDT/both"])]);
    expect(together(found)).toBe("One pool: where it falls, all 2 fall. XRPUSDT alone needs −0.61\u202f% to take ETHUSDT with it.");
    expect(together(pool([one("XRPUSDT/both", null, [])]))).toContain("stands alone");
  });
  it("tells comfort that is borrowed, and an alarm that a hedge belies", () => {
    const held = { borrowed: { unrealized_profit: "81000" }, buffer_without: {}, status_without: {}, most_cut: null, buffer_own: "-12340", false_comfort: true, moved_by_10_percent: "312", false_alarm: true };
    const [first, second] = comfort({ ...pool([]), comfort: held });
    expect(first).toBe("False comfort: it stands on 81,000.00 USDT of unrealized profit; without it the line is passed by 12,340.00.");
    expect(second).toBe("Hedged: a move of all prices by 10\u202f% either way takes at most 312.00 USDT of the buffer.");
    expect(comfort({ ...pool([]), comfort: { ...held, false_comfort: false, false_alarm: false } })).toEqual([]);
  });
});
