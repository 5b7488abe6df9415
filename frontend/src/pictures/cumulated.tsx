// Causes cumulated over time: one line a cause, its name at the line's end.

import { place } from "../numbers/decimal";
import * as fmt from "../numbers/format";
import type { Causes } from "../wire";

const MOST = 5;
const HEIGHT = 120;
const DASHES = ["", "6 3", "2 3", "8 3 2 3", "1 4"];

export interface Line {
  name: string;
  values: number[]; // one a moment
}

/** The causes that came to most in the end, the rest of them together. */
export function lines(told: Causes): Line[] {
  const names = [...new Set(told.over_time.flatMap((each) => Object.keys(each.margin_balance)))];
  const all = names.map((name) => ({ name, values: told.over_time.map((each) => place(each.margin_balance[name]) ?? 0) }));
  const last = (line: Line): number => line.values[line.values.length - 1] ?? 0;
  const moved = all.filter((line) => line.values.some((v) => v !== 0)).sort((a, b) => Math.abs(last(b)) - Math.abs(last(a)));
  if (moved.length <= MOST) return moved;
  const rest = moved.slice(MOST - 1);
  const sum = told.over_time.map((_, i) => rest.reduce((total, line) => total + line.values[i]!, 0));
  return [...moved.slice(0, MOST - 1), { name: `${rest.length} others`, values: sum }];
}

export function Cumulated({ told }: { told: Causes }) {
  const drawn = lines(told);
  const times = told.over_time.map((each) => fmt.moment(each.at) ?? 0);
  const [first, last] = [times[0]!, times[times.length - 1]!];
  const values = drawn.flatMap((line) => line.values);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  if (drawn.length === 0 || last <= first || high === low) return null;
  const x = (at: number): number => ((at - first) / (last - first)) * 1000;
  const y = (v: number): number => 4 + ((high - v) / (high - low)) * (HEIGHT - 8);
  const end = (line: Line): number => line.values[line.values.length - 1] ?? 0;
  const spoken = drawn.map((line) => `${line.name} ${fmt.signed(String(end(line)), told.asset)}`).join(", ");
  return (
    <figure class="cumulated">
      <figcaption class="faint cap">
        Each cause since {fmt.clock(first)}, to {fmt.clock(last)} UTC
      </figcaption>
      <svg class="pic" height={HEIGHT} viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Causes cumulated: ${spoken}`}>
        <line class="axis" x1={0} x2={1000} y1={y(0)} y2={y(0)} vector-effect="non-scaling-stroke" />
        {drawn.map((line, i) => (
          <polyline
            key={line.name}
            class={end(line) < 0 ? "cum-loss" : "cum-gain"}
            stroke-dasharray={DASHES[i]}
            vector-effect="non-scaling-stroke"
            points={line.values.map((v, n) => `${x(times[n]!).toFixed(1)},${y(v).toFixed(1)}`).join(" ")}
          />
        ))}
      </svg>
      <ul class="cum-key cap">
        {drawn.map((line, i) => (
          <li key={line.name}>
            <svg width={22} height={8} aria-hidden="true">
              <line class={end(line) < 0 ? "cum-loss" : "cum-gain"} stroke-dasharray={DASHES[i]} x1={0} x2={22} y1={4} y2={4} />
            </svg>
            {line.name} <b class="num">{fmt.signed(String(end(line)), told.asset)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}
