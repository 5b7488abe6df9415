// A record of uneven moments as even slots, for a chart whose axis counts slots.

import { place } from "../numbers/decimal";
import { moment } from "../numbers/format";
import type { HistoryPoint } from "../wire";
import type { Point } from "./line";

const SLOTS = 360;

/**
 * The last known point of each slot. A slot without one repeats the slot before while the record
 * is on (a figure stands until the next); unknown points stay unknown.
 */
export function slots(points: readonly HistoryPoint[]): { points: Point[]; step: number; index: number[] } {
  const timed = points
    .map((point, i) => ({ point, i, at: moment(point.at) }))
    .filter((each): each is { point: HistoryPoint; i: number; at: number } => each.at !== null);
  const first = timed[0];
  const last = timed[timed.length - 1];
  if (!first || !last) return { points: [], step: 1, index: [] };
  const step = Math.max(1, Math.ceil((last.at - first.at) / 1000 / SLOTS));
  const begin = Math.floor(first.at / 1000 / step) * step;
  const made: Point[] = [];
  const index: number[] = [];
  let next = 0;
  for (let at = begin; at <= last.at / 1000 + step / 2; at += step) {
    while (next + 1 < timed.length && timed[next + 1]!.at / 1000 < at + step) next += 1;
    const { point, i } = timed[next]!;
    made.push({ at, balance: place(point.support), requirement: place(point.requirement) });
    index.push(i);
  }
  return { points: made, step, index };
}
