import { describe, expect, it } from "vitest";
import { decimal, divide, plain, rounded } from "../src/numbers/decimal";
import * as fmt from "../src/numbers/format";

const T = fmt.THIN;

describe("decimal strings", () => {
  it("are exact beyond what a float holds", () => {
    expect(fmt.money("9007199254740993.015")).toBe("9,007,199,254,740,993.02");
    expect(fmt.size("0.0000001234")).toBe("0.0000001234");
    expect(plain(decimal("1E-7")!)).toBe("0.0000001");
  });
  it("round half to even", () => {
    expect(["0.125", "0.135", "-0.125"].map((t) => plain(rounded(decimal(t)!, 2)))).toEqual(["0.12", "0.14", "-0.12"]);
  });
  it("divide towards zero", () => {
    expect(plain(divide(decimal("2")!, decimal("3")!, 4)!)).toBe("0.6666");
    expect(divide(decimal("2")!, decimal("0")!, 4)).toBeNull();
  });
  it("are not read out of what says no number", () => {
    for (const text of ["", "NaN", "Infinity", "1,5", "0x10", "1e999", null, undefined]) expect(decimal(text)).toBeNull();
  });
});

describe("figures", () => {
  it("are in percent without what floats add", () => {
    expect(["0.55", "0.07", "0.6", "0.025", "0"].map(fmt.inPercent)).toEqual([55, 7, 60, 2.5, 0]);
  });
  it("say unknown as a question mark, never as zero", () => {
    expect([fmt.money(null), fmt.ratio(null), fmt.size(undefined), fmt.odds(null), fmt.age(null)]).toEqual(Array(5).fill("?"));
  });
  it("have the digits of their asset and a true minus", () => {
    expect(fmt.money("-140", "USDT")).toBe("−140.00");
    expect(fmt.money("6.878707", "BTC")).toBe("6.878707");
    expect(fmt.money("-0.001", "USDT")).toBe("0.00");
  });
  it("show the sign of what is gained or lost", () => {
    expect([fmt.signed("677.4"), fmt.signed("-72150"), fmt.signed("0.004")]).toEqual(["+677.40", "−72,150.00", "0.00"]);
  });
  it("that must suffice round up", () => {
    expect(fmt.enough("35069.78057143", "USDT")).toBe("35,069.79");
    expect(fmt.enough("35069.78", "USDT")).toBe("35,069.78");
  });
});

describe("a ratio", () => {
  it("has one decimal", () => expect(fmt.ratio("0.8683417958490654")).toBe(`86.8${T}%`));
  it("never rounds onto the line", () => {
    expect(fmt.ratio("0.9997")).toBe(`99.97${T}%`);
    expect(fmt.ratio("0.99999999")).toBe(`99.999999${T}%`);
    expect(fmt.ratio("1.0001")).toBe(`100.01${T}%`);
    expect(fmt.ratio("1")).toBe(`100.0${T}%`);
  });
  it("never rounds onto a band", () => {
    expect(fmt.ratio("0.7999", ["0.8"])).toBe(`79.99${T}%`);
    expect(fmt.ratio("0.8")).toBe(`80.0${T}%`);
  });
});

describe("a distance", () => {
  it("is cut towards the mark", () => {
    expect(fmt.near("-0.00475990143252949309")).toBe(`−0.47${T}%`);
    expect(fmt.near("-0.00088999")).toBe(`−0.088${T}%`);
    expect(fmt.near("0.10803")).toBe(`+10.8${T}%`);
    expect(fmt.near("2.8099")).toBe(`+280.9${T}%`);
    expect(fmt.near("-0.0999999")).toBe(`−9.9${T}%`);
  });
  it("does not apply where there is none", () => expect(fmt.near(null)).toBe("–"));
});

describe("a liquidation price", () => {
  it("goes to its tick towards the mark", () => {
    expect(fmt.liquidation("2.168926755368421", "2.1824", "0.0001")).toBe("2.1690");
    expect(fmt.liquidation("138.73854184", "141.2", "0.01")).toBe("138.74");
    expect(fmt.liquidation("3268.82970119", "2950.11", "0.01")).toBe("3,268.82");
    expect(fmt.liquidation("97.3", "100", "0.25")).toBe("97.50");
    expect(fmt.liquidation("103", "100", "5")).toBe("100");
  });
  it("that is on a tick stays there", () => expect(fmt.liquidation("2.169", "2.1824", "0.0001")).toBe("2.1690"));
});

describe("a chance", () => {
  it("has words for its ends", () => {
    expect([fmt.odds("0.0004"), fmt.odds("0.995"), fmt.odds("0.91"), fmt.odds("0.052")]).toEqual([
      `<${T}0.1${T}%`,
      `>${T}99${T}%`,
      `91${T}%`,
      `5.2${T}%`,
    ]);
  });
});

describe("time", () => {
  it("left is never told as more than it is", () => {
    expect([fmt.span("0.699"), fmt.span("3.1"), fmt.span("0.005"), fmt.span("299"), fmt.span(null)]).toEqual([
      "41 min",
      "3 h 06",
      "under 1 min",
      "12 d",
      "–",
    ]);
  });
  it("says ages in the unit that fits", () => {
    expect([fmt.age(0.44), fmt.age(41.2), fmt.age(720), fmt.age(9000)]).toEqual(["0.4 s", "41 s", "12 min", "3 h"]);
  });
  it("is UTC", () => expect(fmt.when("2026-11-20T13:35:01.500Z", Date.parse("2026-11-20T14:00:00Z"))).toBe("13:35:01"));
});

describe("copied digits", () => {
  it("are exact, with an ASCII minus and no separators", () => {
    expect(fmt.exact("-92672.60")).toBe("-92672.60");
    expect(fmt.exact("1.5e3")).toBe("1500");
    expect(fmt.exact(null)).toBe("");
  });
});
