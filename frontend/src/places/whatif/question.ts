// The whole question stands in the address. Here it is read, checked and put as changes to the API.

import type { Change } from "../../documents";
import { compare, decimal, multiply, plain, shift, trimmed, type Decimal } from "../../numbers/decimal";
import { MINUS } from "../../numbers/format";
import type { PositionRow } from "../../wire";

/** What was typed, by field; empty is not asked. Names are those in the address. */
export type Typed = Readonly<Record<string, string>>;

export interface Wrong {
  field: string;
  text: string;
}

export interface Question {
  changes: Change[];
  moves: Map<string, Decimal>; // by instrument, all together
  wrong: Wrong[];
}

/** As a reader writes numbers: 1,000.5 or −2. */
export const number = (text: string): Decimal | null =>
  decimal(text.trim().replaceAll(MINUS, "-").replaceAll(/(?<=\d),(?=\d{3}(\D|$))/g, ""));

export const percent = (text: string): Decimal | null => {
  const value = number(text.replace("%", ""));
  return value === null ? null : shift(value, -2);
};

export const text = (value: Decimal): string => plain(trimmed(value));
const HUNDRED_DOWN: Decimal = { digits: -1n, scale: 0 };

export function question(typed: Typed, positions: readonly PositionRow[], asset: string): Question {
  const changes: Change[] = [];
  const wrong: Wrong[] = [];
  const moves = new Map<string, Decimal>();
  const asked = (field: string): string => (typed[field] ?? "").trim();
  const say = (field: string, what: string, remedy: string): void => {
    wrong.push({ field, text: `“${asked(field)}” is not ${what}. ${remedy}` });
  };
  const moveOf = (field: string, name: string): Decimal | null => {
    if (!asked(field)) return null;
    const value = percent(asked(field));
    if (value === null || compare(value, HUNDRED_DOWN) <= 0) {
      say(field, `a move of ${name}`, "Write per cent above −100, such as −2.5.");
      return null;
    }
    return value.digits === 0n ? null : value;
  };

  // what the address names is asked though its position is not known (any more): the API judges it
  const named = Object.keys(typed).flatMap((key) => /^(?:move|beta)\.(.+)$/.exec(key)?.[1] ?? []);
  const instruments = [...new Set([...positions.map((p) => p.instrument), ...named])];
  const all = moveOf("all", "all prices");
  const byBetas = asked("betas") === "1";
  if (all && byBetas && positions.length === 0)
    wrong.push({ field: "all", text: "No position is known that could move by its beta. Leave betas, and all prices move alike." });
  for (const of of instruments) moves.set(of, { digits: 0n, scale: 0 });
  const compound = (of: string, by: Decimal): void => {
    const before = moves.get(of) ?? { digits: 0n, scale: 0 };
    // (1 + before) (1 + by) - 1
    const product = multiply(plusOne(before), plusOne(by));
    moves.set(of, plusOne(product, -1n));
  };
  if (all && !byBetas) {
    changes.push({ change: "shock_all", relative: text(all) });
    for (const of of instruments) compound(of, all);
  }
  for (const of of instruments) {
    if (all && byBetas) {
      const beta = asked(`beta.${of}`) ? number(asked(`beta.${of}`)) : { digits: 1n, scale: 0 };
      if (beta === null) say(`beta.${of}`, "a beta", "Write a number such as 1.2.");
      else if (beta.digits !== 0n) {
        const by = multiply(all, beta);
        changes.push({ change: "shock", instrument: of, relative: text(by) });
        compound(of, by);
      }
    }
    const own = moveOf(`move.${of}`, of);
    if (own) {
      changes.push({ change: "shock", instrument: of, relative: text(own) });
      compound(of, own);
    }
  }
  const paid = asked("pay") ? number(asked("pay")) : null;
  if (asked("pay") && paid === null) say("pay", "an amount", `Write 1000.50 to pay in, −1000.50 to take out, in ${asked("in") || asset}.`);
  if (paid && paid.digits !== 0n) {
    const amount = text(paid);
    const to = asked("to"); // an isolated position, whose margin stands apart from the wallet
    changes.push(to ? { change: "add_margin", position: to, amount } : { change: "transfer", asset: asked("in") || asset, amount });
  }

  const size = asked("size") ? number(asked("size")) : null;
  if (asked("size") && size === null) say("size", "a size", "Write 0.5 to buy, −0.5 to sell, in the venue’s unit.");
  const price = asked("price") ? number(asked("price")) : null;
  if (asked("price") && (price === null || price.digits <= 0n)) say("price", "a price", "Write a number above 0, or leave it to the mark.");
  const order = asked("order") || positions[0]?.key;
  if (size && size.digits !== 0n && !order) wrong.push({ field: "size", text: "The size of what? Nothing is open: choose the instrument." });
  if (order && size && size.digits !== 0n && !wrong.some((w) => w.field === "price")) {
    const { instrument, side } = split(order);
    changes.push({
      change: "order",
      instrument,
      size: text(size),
      ...(price ? { price: text(price) } : {}),
      ...(side === "both" ? {} : { position_side: side }),
    });
  }
  const leverage = asked("lever") ? number(asked("lever")) : null;
  if (asked("lever") && (leverage === null || leverage.digits <= 0n)) say("lever", "a leverage", "Write a number above 0, such as 10.");
  const modeOf = asked("mode");
  const chosen = order ? split(order).instrument : null;
  if (leverage && leverage.digits > 0n && chosen) changes.push({ change: "set_leverage", instrument: chosen, leverage: text(leverage) });
  if ((modeOf === "isolated" || modeOf === "cross") && chosen) {
    const change = modeChange(typed, chosen, modeOf);
    if (change) changes.push(change);
    else say("margin", "an amount", `Write the margin to post, in ${asset}.`);
  }
  return { changes, moves, wrong };
}

export function modeChange(typed: Typed, instrument: string, mode: "isolated" | "cross"): Change | null {
  const margin = (typed["margin"] ?? "").trim();
  const posted = margin ? number(margin) : null;
  if (margin && (posted === null || posted.digits < 0n)) return null;
  return {
    change: "set_margin_mode",
    instrument,
    mode,
    ...(mode === "isolated" && posted ? { isolated_margin: text(posted) } : {}),
  };
}

export function split(key: string): { instrument: string; side: string } {
  const at = key.lastIndexOf("/");
  return at < 0 ? { instrument: key, side: "both" } : { instrument: key.slice(0, at), side: key.slice(at + 1).split(" ")[0] ?? "both" };
}

const plusOne = (value: Decimal, one = 1n): Decimal => ({
  digits: value.digits + one * 10n ** BigInt(value.scale),
  scale: value.scale,
});

/** The same question for the terminal. */
export function command(account: string, changes: readonly Change[]): string {
  const quote = (t: string): string => (/^[\w.:@%+/-]+$/.test(t) ? t : `'${t.replaceAll("'", "'\\''")}'`);
  const per = (relative: string): string => {
    const value = decimal(relative);
    return value === null ? relative : `${plain(trimmed(shift(value, 2)))}%`;
  };
  const flags = changes.map((c) => {
    switch (c.change) {
      case "shock_all":
        return ["--shock", `all:${per(c.relative)}`];
      case "shock":
        return ["--shock", `${c.instrument}:${per(c.relative)}`];
      case "order":
        return ["--order", `${c.instrument}:${c.size}${c.price ? "@" + c.price : ""}`];
      case "transfer":
        return c.amount.startsWith("-") ? ["--withdraw", `${c.asset}:${c.amount.slice(1)}`] : ["--deposit", `${c.asset}:${c.amount}`];
      case "add_margin":
        return ["--add-margin", `${c.position}:${c.amount}`];
      case "set_leverage":
        return ["--leverage", `${c.instrument}:${c.leverage}`];
      case "set_margin_mode":
        return ["--margin-mode", `${c.instrument}:${c.mode}${c.isolated_margin ? "@" + c.isolated_margin : ""}`];
    }
  });
  return ["marginline whatif", quote(`${account}.json`), ...flags.flat().map((f) => (f.startsWith("--") ? f : quote(f)))].join(" ");
}
