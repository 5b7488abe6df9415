// The product's documents, as its JSON Schemas say them: only what the page reads.

import type { StatusName } from "./wire";

type Digits = string;
export type Measures = Record<string, Digits | null>;

export interface StudyMethod {
  method: string;
  rate: Digits;
  average: Digits;
  coverage: Digits;
  exceeded: number;
  kupiec: Digits;
  kupiec_p_value: Digits;
  basel_zone: "green" | "yellow" | "red";
  worst_shortfall: Digits;
  peak_to_trough: string;
  largest_call_of_a_day: Digits;
}

export interface StudyDocument {
  symbol: string;
  source: string;
  begins: string;
  ends: string;
  close_out_hours: string;
  side: string;
  brake: string;
  chosen: string;
  promised: string;
  periods: number;
  methods: StudyMethod[];
  initial_rate: Digits;
  maintenance_rate: Digits;
  over_time: { at: string; rate: Digits; ewma: Digits; loss: Digits | null }[];
  notes: string[];
}

export interface Finding {
  code: string;
  severity: "info" | "warning" | "error";
  where: string;
  measure: string | null;
  message: string;
}

export interface AssessedPosition {
  key: string;
  instrument: string;
  side: string;
  measures: Measures;
}

export interface AssessedAsset {
  asset: string;
  measures: Measures;
}

export interface AssessedPool {
  id: string;
  kind: string;
  asset: string;
  status: StatusName | null;
  measures: Measures;
  positions?: AssessedPosition[];
  assets?: AssessedAsset[];
}

export interface Assessment {
  venue: string;
  mode: string | null;
  as_of: string;
  rulebook: { code: string; effective_from: string; digest: string };
  status: StatusName;
  asset?: string;
  measures: Measures;
  pools: AssessedPool[];
  findings?: Finding[];
}

export interface ExplainedFact {
  name: string;
  value: Digits | null;
  unit?: string | null;
  source?: string | null;
}

export interface Explained {
  where: string;
  measure: string;
  value: Digits | null;
  unit: string | null;
  meaning: string;
  rule?: string | null;
  formula?: string | null;
  source?: string | null;
  evidence?: string | null;
  label?: string | null;
  reason?: string | null;
  inputs?: Explained[];
  facts?: ExplainedFact[];
}

export type Change =
  | { change: "shock"; instrument: string; relative: Digits }
  | { change: "shock_all"; relative: Digits }
  | { change: "order"; instrument: string; size: Digits; price?: Digits; position_side?: string }
  | { change: "transfer"; asset: string; amount: Digits }
  | { change: "add_margin"; position: string; amount: Digits }
  | { change: "set_margin_mode"; instrument: string; mode: string; isolated_margin?: Digits }
  | { change: "set_leverage"; instrument: string; leverage: Digits };

export interface WhatIf {
  changes: Record<string, unknown>[];
  before: Assessment;
  after: Assessment;
  account_after: Account;
  difference: { account: Measures; pools: Record<string, Measures>; positions: Record<string, Measures> };
  findings: Finding[];
}

export interface Order {
  instrument: string;
  side: "buy" | "sell";
  position_side?: string;
  size: Digits;
  price?: Digits | null;
  kind?: string;
  reduce_only?: boolean;
}

export interface Account {
  venue: string;
  mode?: string | null;
  name?: string;
  wallets?: { asset: string; balance: Digits; credit?: Digits; borrowed?: Digits; collateral?: boolean }[];
  positions?: { instrument: string; side?: string; size: Digits; leverage?: Digits; margin_mode?: string }[];
  orders?: Order[];
  instruments?: Record<string, { base: string; quote: string; settle: string; tick_size?: Digits; size_step?: Digits }>;
  market?: { mark?: Record<string, Digits> };
}

export interface Reconciliation {
  as_of: string;
  agrees: boolean;
  counts: Record<string, number>;
  first_difference: ReconciledLine | string | null;
  lines: ReconciledLine[];
}

export interface ReconciledLine {
  where: string;
  label: string;
  measure: string;
  ours: Digits | null;
  theirs: Digits | null;
  difference: Digits | null;
  tolerance: Digits;
  outcome: string;
  reason: string;
}

export interface MatrixCell {
  measure: string;
  scope: string;
  state: string;
  evidence: string | null;
  rule: string | null;
  label: string;
  why: string;
}

export interface MatrixBook {
  code: string;
  venue: string;
  mode: string | null;
  title: string;
  effective_from: string;
  effective_until: string | null;
  historical: boolean;
  support: MatrixCell[];
}

export interface Rule {
  scope: string;
  code: string;
  measure: string;
  formula: string;
  label: string;
  evidence: string;
  citation: { title: string; url: string; read: string } | null;
  caveat: { message: string } | string | null;
  gap: { message: string } | string | null;
}

export interface RulebookDocument {
  code: string;
  venue: string;
  mode: string | null;
  title: string;
  effective_from: string;
  effective_until: string | null;
  historical: boolean;
  digest: string;
  notes: string[];
  rules: Rule[];
}

export interface Part {
  amount: Digits;
  share: Digits | null;
  error: Digits | null;
}

export interface Split {
  whole: Digits;
  rest: Digits;
  method: "whole" | "euler" | "shapley" | "shapley_sampled";
}

export interface Comfort {
  borrowed: Record<string, Digits>;
  buffer_without: Record<string, Digits>;
  status_without: Record<string, string>;
  most_cut: string | null;
  buffer_own: Digits;
  false_comfort: boolean;
  moved_by_10_percent: Digits | null;
  false_alarm: boolean;
}

export interface PoolContagion {
  pool: string;
  asset: string;
  day: string | null;
  day_title: string | null;
  requirement: Split | null;
  loss: Split | null;
  comfort: Comfort | null;
  positions: {
    position: string;
    requirement: Part | null;
    loss: Part | null;
    freed_by_closing: Digits | null;
    own_move: Digits | null;
    own_move_is: "known" | "none" | "unknown"; // of null: whether no move leads there, or it cannot be told
    takes_with_it: string[];
  }[];
  findings: Finding[];
}

export interface ContagionDocument {
  name: string | null;
  status: StatusName;
  pools: PoolContagion[];
  findings: Finding[];
}

export interface BadDay {
  scenario: string;
  title: string;
  words: string;
  source: string;
  status: StatusName;
  pools: { pool: string; asset: string; status: StatusName; margin_ratio: Digits | null; buffer: Digits | null; buffer_lost: Digits | null }[];
  findings: Finding[];
}

export interface StressDocument {
  status: StatusName;
  days: BadDay[];
}

export interface PoolOdds {
  pool: string;
  odds: { within_hours: Digits; bootstrap: Digits; bootstrap_error: Digits; normal: Digits; garch: Digits | null; without_profit: Digits; without_credit: Digits; without_most_cut: Digits | null }[];
  funding: { over_hours: Digits; expected: Digits | null; at_cap: Digits | null; gone_at: string | null; not_told: string[] } | null;
  past_days: Digits | null;
  past_ends_at: string | null;
  paths: number;
  findings: Finding[];
}

/** The largest order, or null: then `limit` says why. By chance and by Kelly null: a finding at `past` says why. */
export interface SizeDocument {
  size: Digits | null;
  limit: string;
  by_chance?: { size: Digits | null; findings: Finding[] } | null;
  kelly?: { size: Digits } | null;
  past?: { method: string; source: string; days: Digits; ends_at: string } | null;
  findings: Finding[];
}

export interface OddsDocument {
  source: string;
  pools: PoolOdds[];
}
