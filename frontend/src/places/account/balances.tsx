// The five balances in our words and the venue's, what they are made of, collateral, resting orders.

import { useState } from "preact/hooks";
import type { Account as AccountDocument, Assessment, RulebookDocument } from "../../documents";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { multiply, decimal, plain } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { Mix, MixKey } from "../../parts/bars";
import { OnPaper } from "../../parts/explanation";
import { Figure } from "../../parts/figure";
import type { AccountRow, PoolRow, Shares } from "../../wire";
import { measure as wordOf, position } from "../../words";

const LINES: { measure: string; less?: boolean }[] = [
  { measure: "wallet_balance" },
  { measure: "unrealized_pnl", less: true },
  { measure: "margin_balance" },
  { measure: "initial_margin" },
  { measure: "available_balance" },
  { measure: "withdrawable_balance" },
  { measure: "maintenance_margin", less: true },
  { measure: "buffer" },
];

const FIVE = ["wallet_balance", "margin_balance", "initial_margin", "available_balance", "withdrawable_balance"];

/** The venue's word for each pool measure, from the rulebook that judged. */
function useLabels(row: AccountRow): Map<string, string> {
  const { value } = useAsked(`rules ${row.venue}`, (signal) => ask<RulebookDocument[] | RulebookDocument>(`rules/${row.venue}`, {}, signal));
  const books = value === null ? [] : Array.isArray(value) ? value : [value];
  const book = books.find((b) => b.code === row.rulebook?.code);
  const pools = (book?.rules ?? []).filter((rule) => rule.scope === "pool" && rule.label);
  return new Map(pools.map((rule) => [rule.measure, rule.label]));
}

export function Balances({ row, pool }: { row: AccountRow; pool: PoolRow | null }) {
  const labels = useLabels(row);
  const { value: assessed } = useAsked(`assessment ${row.name}`, (signal) => ask<Assessment>(accountPath(row.name, "assessment"), {}, signal), 10_000);
  const { value: document } = useAsked(`document ${row.name}`, (signal) => ask<AccountDocument>(accountPath(row.name, "document"), {}, signal), 10_000);
  const asset = pool?.asset ?? row.asset;
  if (!pool) {
    return (
      <section class="panel five">
        <h2>Five balances</h2>
        <p class="dim">Not known now. {row.last ? `Last known at ${fmt.when(row.last.at, Date.parse(row.last.at))}: margin balance was ${fmt.money(row.last.support, asset)}, requirement ${fmt.money(row.last.requirement, asset)}, buffer ${fmt.money(row.last.buffer, asset)}.` : "Nothing was told of it yet."}</p>
      </section>
    );
  }
  return (
    <section class="panel five">
      <div class="head">
        <h2>Five balances</h2>
        <span class="faint cap end">{asset}; below ours, the venue’s word</span>
      </div>
      <table>
        <caption class="unseen">Five balances in {asset}</caption>
        <tbody>
          {LINES.map(({ measure, less }) => (
            <tr key={measure} class={less ? "is-less" : undefined}>
              <td>
                {measure === "buffer" ? <b>Buffer</b> : wordOf(measure)}
                {labels.get(measure) && <span class="sub mono anywhere">{labels.get(measure)}</span>}
              </td>
              <td class="num">
                <Measure row={row} pool={pool} measure={measure} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {row.shares && pool.id === row.worst && (
        <>
          <h3>Margin balance is made of</h3>
          <Mix shares={row.shares} />
          <MixKey shares={row.shares} />
          <p class="faint cap">{comfort(row.shares)}</p>
        </>
      )}
      <Collateral document={document} assessed={assessed} pool={pool} />
      <Orders document={document} />
      <OnPaper account={row.name} where={pool.id} measures={FIVE} />
    </section>
  );
}

/** One figure of a pool, with the sign for how it is missing, approximate or out of place. */
function Measure({ row, pool, measure }: { row: AccountRow; pool: PoolRow; measure: string }) {
  const value = pool.measures[measure] ?? null;
  const about = row.reasons.find((r) => r.where === pool.id && r.measure === measure);
  const missing = value === null ? absence(about?.code) : "";
  return (
    <>
      {about?.code === "APPROXIMATE" && "~"}
      <Figure
        text={missing || fmt.money(value, pool.asset)}
        exact={value}
        account={row.name}
        where={pool.id}
        measure={measure}
        label={wordOf(measure)}
      />
      {row.status === "unknown" && measure === "buffer" && row.last?.buffer && (
        <span class="sub">was {fmt.money(row.last.buffer, pool.asset)}</span>
      )}
    </>
  );
}

/** Different absences, different signs; never 0, never blank. */
export const absence = (code: string | undefined): string =>
  code === "NOT_APPLICABLE" ? fmt.DASH : code === "UNSUPPORTED" ? "n/s" : fmt.UNKNOWN;

function comfort(shares: Shares): string {
  const of = (text: string): number => Number(text);
  if (of(shares.unrealized) > 0.5) return "More than half of it is profit that is not yet money: a turn of the market takes it first.";
  if (of(shares.credit) > 0.1) return "Part of it is the venue’s credit: it can be called back.";
  if (of(shares.haircut) + of(shares.coins) > 0.5) return "Most of it is coins: it falls when they fall.";
  if (of(shares.own) > 0.995) return "No profit, credit or haircut holds it up: no false comfort here.";
  return "";
}

function Collateral({ document, assessed, pool }: { document: AccountDocument | null; assessed: Assessment | null; pool: PoolRow }) {
  const detail = assessed?.pools.find((p) => p.id === pool.id)?.assets ?? [];
  const wallets = (document?.wallets ?? []).filter((w) => detail.some((a) => a.asset === w.asset) || w.asset === pool.asset);
  if (!wallets.length) return null;
  return (
    <table class="coll">
      <caption class="unseen">Collateral</caption>
      <thead>
        <tr>
          <th scope="col">Collateral</th>
          <th scope="col" class="num">
            Amount
          </th>
          <th scope="col" class="num">
            Counts, after haircut
          </th>
        </tr>
      </thead>
      <tbody>
        {wallets.map((w) => {
          const counts = detail.find((a) => a.asset === w.asset)?.measures["collateral_value"] ?? (w.asset === pool.asset ? pool.measures["collateral_value"] : null);
          return (
            <tr key={w.asset}>
              <td>
                {w.asset}
                {w.collateral === false && <span class="sub">switched off as collateral</span>}
              </td>
              <td class="num" title={fmt.exact(w.balance)}>
                {fmt.money(w.balance, w.asset)}
              </td>
              <td class="num">{fmt.money(counts, w.asset)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Orders({ document }: { document: AccountDocument | null }) {
  const [all, showAll] = useState(false);
  if (document === null) return null;
  const orders = document.orders;
  if (orders === undefined || orders.length === 0) return <p class="faint cap">No resting orders.</p>;
  const shown = all ? orders : orders.slice(0, FIRST_ORDERS);
  return (
    <>
    <table class="coll">
      <caption class="unseen">Resting orders</caption>
      <thead>
        <tr>
          <th scope="col">Resting order</th>
          <th scope="col" class="num">
            Size
          </th>
          <th scope="col" class="num">
            Price
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((order, i) => (
          <tr key={i} title={worth(order)}>
            <td>
              {order.side} {position(order.instrument)}
              {order.reduce_only && <span class="sub">reduce only</span>}
            </td>
            <td class="num">{fmt.size(order.size)}</td>
            <td class="num">{order.price ? fmt.price(order.price, document.instruments?.[order.instrument]?.tick_size) : "market"}</td>
          </tr>
        ))}
      </tbody>
    </table>
    {orders.length > FIRST_ORDERS && (
      <button class="btn plain cap" type="button" onClick={() => showAll(!all)}>
        {all ? "Fewer" : `All ${orders.length} orders`}
      </button>
    )}
    </>
  );
}

const FIRST_ORDERS = 8;
const worth = (order: { size: string; price?: string | null }): string | undefined => {
  const [size, price] = [decimal(order.size), decimal(order.price ?? null)];
  return size && price ? `worth ${fmt.size(plain(multiply(size, price)))}` : undefined;
};
