// The answer: from one status to another, the sentence, figures before and after, each price alone.

import { useMemo } from "preact/hooks";
import type { Account, AssessedPool, Assessment, WhatIf } from "../../documents";
import { absolute, decimal, divide, place, plain, subtract } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { Gauge, isOwing, isPast, useWords } from "../../parts/bars";
import { csv, Heard, save } from "../../parts/deeds";
import { Interval, IntervalAxis, rangeWords } from "../../parts/interval";
import { Status } from "../../parts/status";
import type { AccountRow, End, Range, StatusName } from "../../wire";
import { measure as wordOf, OPENING, position } from "../../words";

/** The pool that decides: worst first, then the fullest. */
export function worstOf(of: Assessment): AssessedPool | null {
  const rank: Record<StatusName, number> = { liquidation: 0, margin_call: 1, unknown: 2, watch: 3, healthy: 4 };
  const pools = of.pools.filter((p) => p.status !== null);
  const full = (p: AssessedPool): number => Number(p.measures["margin_ratio"] ?? 0);
  return [...pools].sort((a, b) => rank[a.status!] - rank[b.status!] || full(b) - full(a))[0] ?? null;
}

const pick = (of: Assessment, id: string | undefined): AssessedPool | null => of.pools.find((p) => p.id === id) ?? null;
const heldBy = (pool: AssessedPool) => ({ requirement: pool.measures["maintenance_margin"] ?? null, buffer: pool.measures["buffer"] ?? null });
export const useText = (pool: AssessedPool | null, lines?: string[]): string =>
  pool === null ? fmt.DASH : useWords(pool.measures["margin_ratio"], pool.status, lines, heldBy(pool));

export function Verdict({ found, row }: { found: WhatIf; row: AccountRow }) {
  const after = worstOf(found.after);
  const before = pick(found.before, after?.id) ?? worstOf(found.before);
  const lines = [row.bands.target, row.bands.warn, row.bands.act];
  const status = found.after.status;
  const opening = status === "liquidation" ? "The venue would act." : OPENING[status];
  // read aloud once for each question and each turn, not with every mark that follows
  const heard = useMemo(() => `${opening} ${sentence(after, lines)}${nearestWords(found)}`, [JSON.stringify(found.changes), status]);
  return (
    <div class={`verdict ${status}`}>
      <div class="turn">
        <Status of={found.before.status} />
        <span class="faint">→</span>
        <span class="unseen">becomes</span>
        <Status of={status} />
      </div>
      <p class="say">
        <b class="st-ink">{opening} </b>
        {sentence(after, lines)}
        {nearestWords(found)}
      </p>
      <Heard>{heard}</Heard>
      <div class="duo">
        <span class="faint cap">before</span>
        <Gauge ratio={before?.measures["margin_ratio"] ?? null} status={before?.status ?? "unknown"} bands={row.bands} owing={before !== null && isOwing(heldBy(before))} />
        <span class="num">{useText(before, lines)}</span>
        <span class="faint cap">after</span>
        <Gauge ratio={after?.measures["margin_ratio"] ?? null} status={after?.status ?? "unknown"} bands={row.bands} owing={after !== null && isOwing(heldBy(after))} />
        <b class="num st-ink">{useText(after, lines)}</b>
      </div>
    </div>
  );
}

export function sentence(pool: AssessedPool | null, lines: string[]): string {
  if (pool === null) return "The account has no pool.";
  const m = pool.measures;
  const buffer = decimal(m["buffer"]);
  const name = pool.kind === "isolated" ? `${position(pool.id)} ` : "It ";
  if (buffer === null) return "The buffer cannot be computed: what is missing stands below.";
  if (buffer.digits < 0n && isOwing(heldBy(pool))) return `Nothing is open, and ${fmt.enough(plain(absolute(buffer)), pool.asset)} ${pool.asset} are owed.`;
  if (m["margin_ratio"] == null && isPast(pool.status)) return "Nothing is left that supports the requirement.";
  if (pool.status === "healthy" && decimal(m["maintenance_margin"])?.digits === 0n) return "Nothing is open that could be liquidated.";
  if (buffer.digits < 0n) {
    return (
      `The requirement of ${fmt.money(m["maintenance_margin"], pool.asset)} is above what supports it, ` +
      `${fmt.money(m["margin_balance"], pool.asset)}; ${fmt.enough(plain(absolute(buffer)), pool.asset)} ${pool.asset} are missing.`
    );
  }
  if (pool.status === "unknown") {
    // what late inputs tell is no judgement
    const whose = pool.kind === "isolated" ? name : "it ";
    return `By the last known figures ${whose}would use ${fmt.ratio(m["margin_ratio"], lines)} of its support; ${fmt.money(m["buffer"], pool.asset)} ${pool.asset} might be lost before the venue acts.`;
  }
  return `${name}uses ${fmt.ratio(m["margin_ratio"], lines)} of its support; ${fmt.money(m["buffer"], pool.asset)} ${pool.asset} may be lost before the venue acts.`;
}

/** How far the nearest price may still go by itself, in whichever pool; empty where the answer does not tell. */
export function nearestWords(found: WhatIf): string {
  const pools = found.after.pools.filter((p) => p.kind !== "risk_unit" && p.status !== null);
  if (pools.some((p) => isPast(p.status, p.measures["margin_ratio"]))) return ""; // the sentence says what is past its line
  const held = pools.flatMap((pool) => (pool.positions ?? []).map((p) => ({ pool, p, range: rangeAlone(p.measures, markOf(found.account_after, p.instrument)) })));
  const about = (key: string) => (found.after.findings ?? []).find((f) => f.where === key && f.measure === "liquidation_price");
  const ends = held.flatMap(({ pool, p, range }) =>
    [range?.below.move, range?.above.move].flatMap((move) => (move == null ? [] : [{ pool, p, move }])),
  );
  const [first] = ends.sort((a, b) => Math.abs(place(a.move) ?? 9) - Math.abs(place(b.move) ?? 9));
  if (!first) {
    const told = held.length > 0 && held.every(({ p, range }) => range !== null && (about(p.key)?.code ?? "NOT_APPLICABLE") === "NOT_APPLICABLE");
    return told && pools.every((p) => p.status !== "unknown") ? " From there no price alone leads to a line." : "";
  }
  const others = (first.pool.positions ?? []).length > 1 ? "; together with others it may come sooner" : "";
  const sign = about(first.p.key)?.code === "APPROXIMATE" ? "~" : "";
  return ` From there the line is at ${sign}${fmt.near(first.move)} if ${first.p.instrument} moves alone${others}.`;
}

const MEASURES = [
  "wallet_balance",
  "unrealized_pnl",
  "margin_balance",
  "initial_margin",
  "maintenance_margin",
  "buffer",
  "available_balance",
  "effective_leverage",
];

export function BeforeAfter({ found, row }: { found: WhatIf; row: AccountRow }) {
  const ids = [...new Set([...found.before.pools, ...found.after.pools].filter((p) => p.status !== null).map((p) => p.id))];
  const first = worstOf(found.after)?.id;
  ids.sort((a, b) => Number(b === first) - Number(a === first));
  const keep = (): void => save(`${row.name}-what-if.json`, "application/json", JSON.stringify(found, null, 2));
  return (
    <section class="panel is-table">
      {ids.map((id) => (
        <PoolTable key={id} id={id} found={found} named={ids.length > 1} />
      ))}
      {found.findings.length > 0 && (
        <ul class="findings">
          {found.findings.slice(0, 4).map((f, i) => (
            <li key={i}>
              <span class="faint">{f.severity === "info" ? "·" : "≈"}</span>
              <span class="cap anywhere">
                {fmt.told(f.message)} <span class="faint">{position(f.where)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <div class="row acts">
        <button class="btn plain cap" type="button" onClick={keep}>
          Save answer as JSON
        </button>
        <button class="btn plain cap" type="button" onClick={() => save(`${row.name}-what-if.csv`, "text/csv", csv(rowsOf(found)))}>
          Save as CSV
        </button>
      </div>
    </section>
  );
}

function PoolTable({ id, found, named }: { id: string; found: WhatIf; named: boolean }) {
  const [before, after] = [pick(found.before, id), pick(found.after, id)];
  const asset = after?.asset ?? before?.asset ?? "";
  const differences = found.difference.pools[id] ?? {};
  const show = (measure: string, value: string | null | undefined): string =>
    value == null ? fmt.DASH : measure === "effective_leverage" ? fmt.lever(value) : fmt.money(value, asset);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Before and after, ${position(id)}`}>
      <table class="ba blocks" data-pool={id}>
        <caption class={named ? "caption" : "unseen"}>{named ? position(id) : `Before and after in ${asset}`}</caption>
        <thead>
          <tr>
            <th scope="col">{asset}</th>
            <th scope="col" class="num">
              Before
            </th>
            <th scope="col" class="num">
              After
            </th>
            <th scope="col" class="num">
              Change
            </th>
          </tr>
        </thead>
        <tbody>
          {MEASURES.map((measure) => {
            const change = decimal(differences[measure]);
            const same = change === null || change.digits === 0n;
            const text = measure === "effective_leverage" ? signedLever(differences[measure]) : fmt.signed(differences[measure], asset);
            return (
              <tr key={measure} data-measure={measure}>
                <td>{wordOf(measure)}</td>
                <td class="num" data-l="Before" data-exact={before?.measures[measure] ?? undefined}>
                  {show(measure, before?.measures[measure])}
                </td>
                <td class="num" data-l="After" data-exact={after?.measures[measure] ?? undefined} title={fmt.exact(after?.measures[measure])}>
                  {show(measure, after?.measures[measure])}
                </td>
                <td class={`num${same ? " same" : ""}`} data-l="Change">
                  {same ? "·" : text}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const signedLever = (text: string | null | undefined): string => {
  const value = decimal(text);
  return value === null ? fmt.DASH : (value.digits > 0n ? "+" : "") + fmt.lever(text);
};

const rowsOf = (found: WhatIf): (string | null)[][] => [
  ["pool", "measure", "before", "after", "change"],
  ...found.after.pools.flatMap((p) =>
    Object.keys(p.measures).map((m) => [p.id, m, pick(found.before, p.id)?.measures[m] ?? null, p.measures[m] ?? null, found.difference.pools[p.id]?.[m] ?? null]),
  ),
];

/** Ends of the range of this price alone, from the exact prices of the assessment. */
export function rangeAlone(measures: Record<string, string | null>, mark: string | null | undefined): Range | null {
  const m = decimal(mark);
  if (m === null || m.digits === 0n) return null;
  const end = (price: string | null | undefined): End => {
    const p = decimal(price);
    const move = p === null ? null : divide(subtract(p, m), m, 18);
    return { move: move === null ? null : plain(move), open: move === null, reason: "" };
  };
  return { below: end(measures["liquidation_price_below"]), above: end(measures["liquidation_price_above"]) };
}

const markOf = (account: Account, instrument: string): string | null => account.market?.mark?.[instrument] ?? null;

export function Ladders({ found, row }: { found: WhatIf; row: AccountRow }) {
  const before = new Map(found.before.pools.filter((p) => p.kind !== "risk_unit").flatMap((pool) => (pool.positions ?? []).map((p) => [p.key, { pool, p }])));
  const known = new Map((row.pools ?? []).flatMap((p) => p.positions).map((p) => [p.key, p]));
  const lines = found.after.pools.filter((p) => p.kind !== "risk_unit").flatMap((pool) => (pool.positions ?? []).map((p) => ({ pool, p })));
  if (lines.length === 0) return null;
  return (
    <section class="panel is-ladders">
      <div class="head">
        <h2>Each price alone, after</h2>
        <span class="faint cap end">thin: before</span>
      </div>
      <table>
        <caption class="unseen">Liquidation prices before and after</caption>
        <thead>
          <tr>
            <th scope="col">Instrument</th>
            <th scope="col" class="num">
              Before
            </th>
            <th scope="col" class="num">
              After
            </th>
            <th scope="col" class="c-half">
              <IntervalAxis few />
              <span class="unseen">Ladder</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ pool, p }) => {
            const was = before.get(p.key);
            const tick = found.account_after.instruments?.[p.instrument]?.tick_size ?? known.get(p.key)?.tick_size ?? null;
            const mark = markOf(found.account_after, p.instrument);
            const markBefore = known.get(p.key)?.mark ?? mark;
            const dead = isPast(pool.status, pool.measures["margin_ratio"]);
            const wasDead = was !== undefined && isPast(was.pool.status, was.pool.measures["margin_ratio"]);
            const range = rangeAlone(p.measures, mark);
            const rangeBefore = was ? rangeAlone(was.p.measures, markBefore) : null;
            const price = p.measures["liquidation_price"] ?? null;
            const priceBefore = was?.p.measures["liquidation_price"] ?? null;
            return (
              <tr key={p.key} class={pool.status ?? ""}>
                <td class="anywhere">
                  {position(p.key)}
                  <span class="sub">mark {fmt.price(mark, tick)}</span>
                </td>
                <td class="num dim">{wasDead ? "past it" : priceBefore === null ? fmt.DASH : fmt.liquidation(priceBefore, markBefore, tick)}</td>
                <td class="num strong" data-exact={price ?? undefined}>
                  {dead ? "past it" : price === null ? fmt.DASH : fmt.liquidation(price, mark, tick)}
                </td>
                <td>
                  <Interval range={range} past={dead} height={24} label={`${position(p.key)} after, ${rangeWords(range, dead, "this price alone")}`} />
                  {was && <Interval range={rangeBefore} past={wasDead} height={12} label={`before, ${rangeWords(rangeBefore, wasDead, "this price alone")}`} />}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

