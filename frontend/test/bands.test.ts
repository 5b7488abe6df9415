import { describe, expect, it } from "vitest";
import { ownMove } from "../src/places/account/contagion";
import { readBands } from "../src/places/alerts/band-fields";
import { silenceOf } from "../src/places/alerts/kinds";
import { readable } from "../src/numbers/format";
import type { Bands } from "../src/wire";

const BANDS: Bands = { target: "0.6", warn: "0.7", act: "0.8", rearm: "0.03", dwell_s: 0, cooldown_s: 1800, remind_s: 1800 };

describe("bands", () => {
  it("go to the API in its own units: fractions and seconds", () => {
    const { wanted, faults } = readBands(BANDS, { act: "82.5", dwell_s: "1.5", rearm: "5" });
    expect(faults).toEqual({});
    expect(wanted).toEqual({ ...BANDS, act: "0.825", dwell_s: 90, rearm: "0.05" });
  });
  it("tell what is wrong at the field that is to be mended", () => {
    expect(Object.keys(readBands(BANDS, { target: "75" }).faults)).toEqual(["target"]);
    expect(Object.keys(readBands(BANDS, { warn: "90", target: "60" }).faults)).toEqual(["warn"]);
    expect(Object.keys(readBands(BANDS, { act: "100" }).faults)).toEqual(["act"]);
    expect(Object.keys(readBands(BANDS, { rearm: "70" }).faults)).toEqual(["rearm"]);
    expect(Object.keys(readBands(BANDS, { dwell_s: "x", remind_s: "10081", warn: "" }).faults).sort()).toEqual(["dwell_s", "remind_s", "warn"]);
    // as the server has it: alike is no fault
    expect(readBands(BANDS, { target: "70", warn: "80" }).faults).toEqual({});
  });
  it("are quieted of an account, or of all", () => {
    const all = { account: null, kind: "adl" as const, until: null };
    const own = { account: "one", kind: "adl" as const, until: "2026-11-20T14:00:12.000Z" };
    expect(silenceOf([all, own], "adl", "one")).toBe(own);
    expect(silenceOf([all, own], "adl", "two")).toBe(all);
    expect(silenceOf([all, own], "funding", "one")).toBeNull();
  });
});

describe("what cannot be told", () => {
  const at = { position: "BTCUSDT/both", requirement: null, loss: null, freed_by_closing: null, takes_with_it: [] };
  it("is not what there is not", () => {
    expect(ownMove({ ...at, own_move: null, own_move_is: "none" })).toBe("–");
    expect(ownMove({ ...at, own_move: null, own_move_is: "unknown" })).toBe("?");
    expect(ownMove({ ...at, own_move: "-0.0123", own_move_is: "known" })).toContain("1.2");
  });
});

describe("a text of the core", () => {
  it("has its figures to four decimals", () => {
    expect(readable("pool USDT would be called: 1234.56789012345678901234 USDT on 12.5 USDT")).toBe("pool USDT would be called: 1,234.5679 USDT on 12.5 USDT");
    expect(readable("available_balance of pool USDT would be -312193.26, below 0")).toBe("available_balance of pool USDT would be −312,193.26, below 0");
    const named = "1000000MOGUSDT of 2026-11-20 to 20260901-book, 60 %";
    expect(readable(named)).toBe(named);
  });
  it("never puts one onto a line that it is beyond", () => {
    expect(readable("margin_ratio of pool USDT would be 0.6000000123456789, above 0.6")).toBe("margin_ratio of pool USDT would be 0.60000001, above 0.6");
    expect(readable("would be 0.00000123456789 BTC")).toBe("would be 0.000001235 BTC");
  });
});
