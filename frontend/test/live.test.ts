import { describe, expect, it } from "vitest";
import { noOrder, ranked, settle } from "../src/live/order";
import { ageOf, fold } from "../src/live/state";
import { canWait, forget, look, receive } from "../src/live/store";
import type { AccountRow, Change, Snapshot } from "../src/wire";
import recorded from "./snapshot.json";

const snapshot = recorded as unknown as Snapshot;
const change = (since: number, more: Partial<Change> = {}): Change => ({
  type: "change",
  delivering: snapshot.delivering,
  seq: since + 1,
  since,
  now: "2026-11-20T14:00:12.000Z",
  accounts: [],
  moved: [],
  gone: [],
  alerts: [],
  streams: [],
  story: [],
  world: null,
  ...more,
});
const row = (name: string): AccountRow => snapshot.accounts.find((a) => a.name === name)!;

describe("messages", () => {
  it("fold into what is known; an untouched row stays the same object", () => {
    const first = fold(null, snapshot)!;
    const worse = { ...row("carry"), status: "watch" as const };
    const next = fold(first, change(snapshot.seq, { accounts: [worse], gone: ["coin"] }))!;
    expect(next.accounts.get("carry")?.row.status).toBe("watch");
    expect(next.accounts.get("strained")).toBe(first.accounts.get("strained"));
    expect(next.accounts.has("coin")).toBe(false);
  });
  it("bring the figures that moved onto the row that is there", () => {
    const first = fold(null, snapshot)!;
    const { name, ages, whole_at, sequence, sentence } = row("carry");
    const news = { name, ages, whole_at, sequence: sequence + 1, sentence: null };
    const figures = { ratio: "0.5", support: "10", requirement: "5", buffer: "5" };
    const next = fold(first, change(snapshot.seq, { moved: [{ ...news, ...figures }] }))!;
    expect(next.accounts.get("carry")?.row).toEqual({ ...row("carry"), ...figures, sentence, sequence: sequence + 1 });
    expect(next.accounts.get("strained")).toBe(first.accounts.get("strained"));
  });
  it("that leave a gap, or come before a snapshot, are refused", () => {
    const first = fold(null, snapshot)!;
    expect(fold(first, change(snapshot.seq + 1))).toBeNull();
    expect(fold(null, change(1))).toBeNull();
  });
  it("age a row while nothing new comes for it", () => {
    const next = fold(fold(null, snapshot), change(snapshot.seq, { now: "2026-11-20T14:00:21.000Z" }))!;
    expect(ageOf(next.accounts.get("strained")!, next.now)).toBeCloseTo(10.6);
  });
});

describe("a repaint", () => {
  const { name, ages, whole_at, sequence } = row("carry");
  const moved = [{ name, ages, whole_at, sequence, sentence: null, ratio: "0.5", support: "10", requirement: "5", buffer: "5" }];

  it("comes at once for what somebody looks at, and waits for the rest", () => {
    forget();
    receive(snapshot);
    expect(canWait(change(snapshot.seq, { moved }))).toBe(true);
    const [one, two] = [look(name), look(name)];
    expect(canWait(change(snapshot.seq, { moved }))).toBe(false);
    one();
    expect(canWait(change(snapshot.seq, { moved }))).toBe(false);
    two();
    expect(canWait(change(snapshot.seq, { moved }))).toBe(true);
  });
  it("waits for no status that turned, and for nobody who came or went", () => {
    forget();
    receive(snapshot);
    expect(canWait(change(snapshot.seq, { accounts: [row("carry")] }))).toBe(true);
    expect(canWait(change(snapshot.seq, { accounts: [{ ...row("carry"), status: "watch" }] }))).toBe(false);
    expect(canWait(change(snapshot.seq, { accounts: [{ ...row("carry"), name: "another" }] }))).toBe(false);
    expect(canWait(change(snapshot.seq, { gone: ["carry"] }))).toBe(false);
  });
});

describe("the order of accounts", () => {
  it("is worst first, Unknown above Watch, nearest first within a status", () => {
    expect(ranked(snapshot.accounts).slice(0, 5)).toEqual([
      "hedged but called",
      "grid bot",
      "one move away",
      "strained",
      "coins as collateral",
    ]);
  });
  it("freezes while it is read, and says that another waits", () => {
    const now = snapshot.accounts;
    const shown = settle(noOrder, now, 0, false);
    const worse = now.map((r) => (r.name === "carry" ? { ...r, status: "liquidation" as const } : r));
    const frozen = settle(shown, worse, 20_000, true);
    expect(frozen.names).toEqual(shown.names);
    expect(frozen.waiting).toBe(true);
    const freed = settle(frozen, worse, 20_001, false);
    expect(freed.names[0]).toBe("carry");
    expect(freed.waiting).toBe(false);
  });
  it("moves a row that became worse at once, and others at most every ten seconds", () => {
    const now = snapshot.accounts;
    const shown = settle(noOrder, now, 0, false);
    const worse = now.map((r) => (r.name === "coin" ? { ...r, status: "margin_call" as const } : r));
    expect(settle(shown, worse, 10, false).names.slice(0, 2)).toContain("coin");
    const nearer = now.map((r) => (r.name === "carry" ? { ...r, nearest: { ...r.nearest!, move: "-0.05" } } : r));
    const waits = settle(shown, nearer, 5_000, false);
    expect(waits.names).toEqual(shown.names);
    expect(settle(waits, nearer, 10_000, false).names.indexOf("carry")).toBe(4);
  });
});
