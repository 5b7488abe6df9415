// The waterfall: from the balance before to the balance after, one bar a cause. Parts sum exactly.

import { place } from "../numbers/decimal";
import * as fmt from "../numbers/format";
import type { CausePart, Causes } from "../wire";

const pct = (x: number): string => x.toFixed(3) + "%";

export function Waterfall({ told, parts }: { told: Causes; parts: readonly CausePart[] }) {
  const from = place(told.before?.margin_balance) ?? 0;
  const to = place(told.after?.margin_balance) ?? 0;
  const ends: number[] = [from];
  for (const p of parts) ends.push(ends[ends.length - 1]! + (place(p.margin_balance) ?? 0));
  const [least, most] = [Math.min(...ends, to), Math.max(...ends, to)];
  const low = least >= 0 ? Math.max(0, least - (most - least) * 0.06) : least;
  const wide = most - low || 1;
  const x = (v: number): number => ((v - low) / wide) * 100;
  const row = (key: string, name: string, a: number, b: number, figure: string, tone: string, rank = "") => (
    <tr key={key} class={rank}>
      <td class="anywhere">{name}</td>
      <td class="bars">
        <svg class="pic" height={14} aria-hidden="true">
          <rect class={tone} x={pct(x(Math.min(a, b)))} width={pct(Math.max(x(Math.max(a, b)) - x(Math.min(a, b)), 0.15))} y={2} height={10} rx={1} />
          <line class="wf-step" x1={pct(x(b))} x2={pct(x(b))} y1={0} y2={14} />
        </svg>
      </td>
      <td class="num">{figure}</td>
    </tr>
  );
  return (
    <table class="wf">
      <caption class="unseen">
        Margin balance in {told.asset}: {fmt.money(told.before?.margin_balance, told.asset)} before, {fmt.money(told.after?.margin_balance, told.asset)} now
      </caption>
      <thead class="unseen">
        <tr>
          {["Cause", "Bar", told.asset ?? ""].map((t) => (
            <th key={t} scope="col">
              {t}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {row("before", "Before", low, from, fmt.money(told.before?.margin_balance, told.asset), "wf-total", "quiet")}
        {parts.map((p, i) =>
          row(
            p.cause + p.where,
            p.title,
            ends[i]!,
            ends[i + 1]!,
            place(p.margin_balance) === 0 ? fmt.money("0", told.asset) : fmt.signed(p.margin_balance, told.asset),
            p.margin_balance.startsWith("-") ? "wf-loss" : "wf-gain",
          ),
        )}
        {row("now", "Now", low, to, fmt.money(told.after?.margin_balance, told.asset), "wf-total", "sum quiet")}
      </tbody>
    </table>
  );
}
