// Positions: a ladder and the share of the requirement each, and its place in the ADL queue.

import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { csv, save } from "../../parts/deeds";
import { isPast } from "../../parts/bars";
import { Figure } from "../../parts/figure";
import { Interval, IntervalAxis, rangeWords, type Mark } from "../../parts/interval";
import type { AccountRow, PoolRow, PositionRow } from "../../wire";
import { position } from "../../words";
import { absence } from "./balances";

export function Positions({ row, pool }: { row: AccountRow; pool: PoolRow }) {
  if (pool.positions.length === 0) {
    return (
      <section class="panel pos">
        <h2>Positions</h2>
        <p class="dim">
          {fmt.money(pool.support, pool.asset)} {pool.asset}, no position, no requirement. No line to draw.
        </p>
      </section>
    );
  }
  const keep = (): void => save(`${row.name}-positions.csv`, "text/csv", csv(table(pool)));
  return (
    <section class="panel pos">
      <div class="head">
        <h2>Positions</h2>
        <span class="faint cap">all in one pool: each pair of lines is where the pool falls if this price moves alone</span>
        <span class="legend end">
          <span>│ liquidation</span>
          <span>○ entry</span>
          <span>¦ bankruptcy</span>
          <button class="btn plain cap acts" type="button" onClick={keep}>
            Save as CSV
          </button>
        </span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Positions">
        <table>
          <caption class="unseen">Positions</caption>
          <thead>
            <tr>
              <th scope="col" class="c-pos">
                Position
              </th>
              <th scope="col" class="num">
                Mark
              </th>
              <th scope="col" class="num">
                Notional
              </th>
              <th scope="col" class="num">
                P&L
              </th>
              <th scope="col">Of requirement</th>
              <th scope="col" class="num">
                Tier
              </th>
              <th scope="col" class="num">
                Liquidation
              </th>
              <th scope="col" class="c-ladder">
                <span class="unseen">Price ladder</span>
                <IntervalAxis few />
              </th>
              <th scope="col" class="num">
                ~ADL
              </th>
            </tr>
          </thead>
          <tbody>
            {pool.positions.map((p) => (
              <Line key={p.key} row={row} pool={pool} p={p} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const relative = (price: string | null | undefined, mark: string | null): number | null => {
  const [a, b] = [place(price), place(mark)];
  return a === null || b === null || b === 0 ? null : a / b - 1;
};

/** The nearer end when this price moves alone. */
function nearer(p: PositionRow): string | null {
  const ends = [p.alone.below.move, p.alone.above.move].filter((m): m is string => m !== null);
  ends.sort((a, b) => Math.abs(place(a) ?? 9) - Math.abs(place(b) ?? 9));
  return ends[0] ?? null;
}

function Line({ row, pool, p }: { row: AccountRow; pool: PoolRow; p: PositionRow }) {
  const q = p.measures;
  const side = p.side === "both" ? (p.size.startsWith("-") ? "short" : "long") : p.side;
  const past = isPast(pool.status, pool.ratio);
  const marks: Mark[] = [];
  const entry = relative(p.entry_price, p.mark);
  if (entry !== null) marks.push({ kind: "entry", move: entry });
  const bankrupt = relative(q["bankruptcy_price"], p.mark);
  if (bankrupt !== null) marks.push({ kind: "thin", move: bankrupt });
  const liquidation = q["liquidation_price"] ?? null;
  const about = (measure: string) => row.reasons.find((r) => r.where === p.key && r.measure === measure);
  const pnl = q["unrealized_pnl"] ?? null;
  const status = pool.status ?? row.status;
  return (
    <tr data-row={p.key} data-account={row.name} class={status}>
      <td class="c-name">
        <b class="anywhere">{p.instrument}</b> {side}
        <span class="sub">
          {fmt.size(p.size)} at {fmt.price(p.entry_price, p.tick_size)}
          {p.leverage !== null && `, ${fmt.lever(p.leverage)}`}
          {p.margin_mode === "isolated" && ", isolated"}
        </span>
      </td>
      <td class="num" data-l="Mark">
        {fmt.price(p.mark, p.tick_size)}
      </td>
      <td class="num s-hide" data-l="Notional">
        {fmt.money(q["notional"], pool.asset)}
      </td>
      <td class={`num c-pnl ${tone(place(pnl))}`} data-l="P&L">
        <Figure text={fmt.signed(pnl, pool.asset)} exact={pnl} account={row.name} where={p.key} measure="unrealized_pnl" label={`${p.instrument} P&L`} />
      </td>
      <td data-l="Of requirement">
        <div class="share">
          <Figure
            text={fmt.share(p.share_of_requirement)}
            exact={q["maintenance_margin"] ?? null}
            account={row.name}
            where={p.key}
            measure="maintenance_margin"
            label={`${p.instrument} share of the requirement`}
          />
          <i style={{ width: Math.min(1, place(p.share_of_requirement) ?? 0) * 100 + "%" }} />
        </div>
      </td>
      <td class="num s-hide" data-l="Tier">
        {q["tier"] != null ? `tier ${q["tier"]}` : absence(about("tier")?.code)}
      </td>
      <td class="num" data-l="Liquidation">
        {about("liquidation_price")?.code === "APPROXIMATE" && "~"}
        <Figure
          text={liquidation === null ? absence(about("liquidation_price")?.code ?? "NOT_APPLICABLE") : fmt.liquidation(liquidation, p.mark, p.tick_size)}
          exact={liquidation}
          account={row.name}
          where={p.key}
          measure="liquidation_price"
          label={`${p.instrument} liquidation price`}
        />
        <span class="sub">{past ? "past it" : fmt.near(nearer(p))}</span>
      </td>
      <td class="c-ladder">
        <Interval range={p.alone} past={past} marks={marks} height={26} label={`${position(p.key)}, ${rangeWords(p.alone, past, "this price alone")}`} />
      </td>
      <td class="num s-hide" data-l="~ADL">
        <Queue rank={p.adl_rank} />
      </td>
    </tr>
  );
}

/** What is not known is neither gained nor lost, and zero is none of both. */
const tone = (pnl: number | null): string => (pnl === null || pnl === 0 ? "" : pnl < 0 ? "lost" : "won");

function Queue({ rank }: { rank: number | null }) {
  if (rank === null) return <span class="faint">?</span>;
  if (rank === 0)
    return (
      <span class="faint" title="not in the queue">
        –
      </span>
    );
  return (
    <span class="adl" role="img" aria-label={`place in the ADL queue: ${rank} of 5, approximate`}>
      {[1, 2, 3, 4, 5].map((i) => (
        <i key={i} class={i <= rank ? "on" : ""} />
      ))}
    </span>
  );
}

const table = (pool: PoolRow): (string | null)[][] => [
  ["position", "size", "entry_price", "mark", "notional", "unrealized_pnl", "maintenance_margin", "share_of_requirement", "liquidation_price"],
  ...pool.positions.map((p) => [
    p.key,
    p.size,
    p.entry_price,
    p.mark,
    p.measures["notional"] ?? null,
    p.measures["unrealized_pnl"] ?? null,
    p.measures["maintenance_margin"] ?? null,
    p.share_of_requirement,
    p.measures["liquidation_price"] ?? null,
  ]),
];
