// The product's own words. One place, so that a thing has one name on every place.

import type { AccountRow, AlertKind, StatusName } from "./wire";

export const STATUS: Record<StatusName, string> = {
  healthy: "Healthy",
  watch: "Watch",
  margin_call: "Margin call",
  liquidation: "Liquidation",
  unknown: "Unknown",
};

/** The first word of an account's sentence. */
export const OPENING: Record<StatusName, string> = {
  healthy: "Inside.",
  watch: "Strained.",
  margin_call: "Called.",
  liquidation: "The venue acts.",
  unknown: "Cannot be judged.",
};

/** What an alert is about, where it is not about the status itself. */
export const ALERT_KIND: Partial<Record<AlertKind, string>> = {
  stale: "Stale data",
  contradiction: "Venue differs",
  liquidated: "Liquidated",
  vanished: "Position lost",
  tiers: "New terms",
  adl: "ADL queue",
  funding: "Funding",
  queue: "Queue full",
};

const MEASURES: Record<string, string> = {
  unrealized_pnl: "Unrealized P&L",
  available_balance: "Available",
  withdrawable_balance: "Withdrawable",
  initial_margin: "Margin used",
  maintenance_margin: "Requirement",
  margin_ratio: "Support in use",
  adl_score: "ADL score",
  return_on_margin: "Return on margin",
};

/** "margin_balance" to "Margin balance"; the figures with a word of ours get it. */
export const measure = (name: string): string => MEASURES[name] ?? spoken(name);

/** The measure's own name, as rulebooks write it. */
export const spoken = (name: string): string => {
  const text = name.replace(/_/g, " ").replace(/\bpnl\b/, "P&L").replace(/\badl\b/, "ADL");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const VENUES: Record<string, string> = {
  binance_usdm: "Binance USDS-M",
  binance_coinm: "Binance COIN-M",
  binance_pm: "Binance portfolio margin",
  binance_pm_pro: "Binance portfolio margin pro",
  bybit_unified: "Bybit unified",
  bybit_inverse: "Bybit inverse",
  bitget_futures: "Bitget classic",
  bitget_unified: "Bitget unified",
  bingx_perpetual: "BingX perpetual",
  bingx_standard: "BingX standard",
  bitmex: "BitMEX",
  cme: "CME",
  okx: "OKX",
  textbook: "Textbook",
};
export const venue = (code: string): string => VENUES[code] ?? code;

const MODES: Record<string, string> = { single_asset: "single-asset", multi_assets: "multi-assets" };
export const mode = (code: string | null | undefined): string =>
  code ? (MODES[code] ?? code.replace(/_/g, " ")) : "";

export const venueAndMode = (of: { venue: string; mode: string | null }): string =>
  [venue(of.venue), mode(of.mode)].filter(Boolean).join(", ");

/** "XRPUSDT/both" to "XRPUSDT", "BTCUSDT/long isolated" to "BTCUSDT long isolated". */
export const position = (key: string): string => key.replace("/both", "").replace("/", " ");

export const MADE_OF: Record<string, string> = {
  own: "own money",
  coins: "coins, own",
  haircut: "collateral under haircut",
  unrealized: "unrealized profit",
  credit: "credit",
};

export const count = (n: number, one: string, many = one + "s"): string => `${n} ${n === 1 ? one : many}`;

/** Why no position can be in another margin mode; null where each has its own. */
export const oneMode = (row: AccountRow): string | null =>
  row.margin_mode === null ? null : `The margin mode is the account’s, not each position’s: all of them are ${row.margin_mode}, and none can be ${row.margin_mode === "cross" ? "isolated" : "cross"}.`;
