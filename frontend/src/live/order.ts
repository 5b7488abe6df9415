// Which account stands where. Worst first, nearest first; and rows hold still while they are read.

import { place } from "../numbers/decimal";
import type { AccountRow, StatusName } from "../wire";

export const RANK: Record<StatusName, number> = {
  liquidation: 0,
  margin_call: 1,
  unknown: 2,
  watch: 3,
  healthy: 4,
};

/** The distance to sort by: today's, else the last that was known; none known sorts nearest. */
export function distance(row: AccountRow): number {
  const move = row.nearest ?? row.last?.nearest ?? null;
  if (move !== null) return Math.abs(place(move.move) ?? 0);
  return row.status === "healthy" || row.status === "watch" ? 9 : 0;
}

const made = new WeakMap<readonly AccountRow[], readonly string[]>(); // several parts of the page ask of the same rows

export function ranked(rows: readonly AccountRow[]): readonly string[] {
  let found = made.get(rows);
  if (found === undefined) made.set(rows, (found = sorted(rows)));
  return found;
}

function sorted(rows: readonly AccountRow[]): string[] {
  return rows
    .map((row) => ({ name: row.name, rank: RANK[row.status], away: distance(row) }))
    .sort((a, b) => a.rank - b.rank || a.away - b.away || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((row) => row.name);
}

export const SETTLE_MS = 10_000;

export interface Order {
  readonly names: readonly string[];
  readonly settled: number; // when the order was last made
  readonly waiting: boolean; // a better order waits until the reader lets go
  readonly ranks: ReadonlyMap<string, number>;
}

export const noOrder: Order = { names: [], settled: -Infinity, waiting: false, ranks: new Map() };

/**
 * The order to show. While the reader is in the table nothing moves (names that came are put last,
 * names that went are taken out); else it is made anew every ten seconds, and at once for a row
 * that became worse.
 */
export function settle(order: Order, rows: readonly AccountRow[], now: number, held: boolean): Order {
  const wanted = ranked(rows);
  const ranks = new Map(rows.map((row) => [row.name, RANK[row.status]]));
  const known = new Set(order.names);
  const there = new Set(wanted);
  const left = order.names.filter((n) => there.has(n));
  const came = wanted.filter((n) => !known.has(n));
  // the same array where nothing came or went: who shows it has nothing to draw
  const kept = left.length === order.names.length && !came.length ? order.names : [...left, ...came];
  const same = kept.length === wanted.length && kept.every((name, i) => name === wanted[i]);
  const first = order.names.length === 0;
  if (same) return { names: kept, settled: first ? now : order.settled, waiting: false, ranks };
  const worse = rows.some((row) => RANK[row.status] < (order.ranks.get(row.name) ?? 9));
  const due = now - order.settled >= SETTLE_MS;
  if (!held && (worse || due || first)) {
    return { names: wanted, settled: now, waiting: false, ranks };
  }
  // what became worse stays noted as it was, so that it moves as soon as the reader lets go
  return { names: kept, settled: order.settled, waiting: true, ranks: held ? order.ranks : ranks };
}
