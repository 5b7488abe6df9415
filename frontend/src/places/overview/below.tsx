// Below the accounts: totals, what happened last, and each venue's share.

import { useMemo } from "preact/hooks";
import { alerts, now, rows, story } from "../../live/store";
import { useTexts } from "../../live/view";
import { add, decimal, divide, plain, zero, type Decimal } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { Sentence } from "../../parts/sentence";
import type { AccountRow } from "../../wire";
import { count, venue } from "../../words";

interface Sum {
  total: Decimal;
  known: number;
}

const sum = (list: readonly AccountRow[], of: (row: AccountRow) => string | null): Sum => {
  let total = zero;
  let known = 0;
  for (const row of list) {
    const value = decimal(of(row));
    if (value === null) continue;
    total = add(total, value);
    known += 1;
  }
  return { total, known };
};

const usd = (of: Sum): string => (of.known ? fmt.whole(plain(of.total)) : fmt.UNKNOWN);

/** A total that lacks an account says so. Buffers are never added up. */
export function Totals() {
  const [equity, gain, requirement, equityOf, requirementOf] = useTexts(() => {
    const all = rows.value;
    const total = sum(all, (row) => row.equity_usd);
    const needed = sum(all, (row) => row.requirement_usd);
    // profits alone: a loss elsewhere does not make a promise into money
    const profit = sum(all, (row) => (row.unrealized_usd?.startsWith("-") ? null : row.unrealized_usd));
    const share = profit.total.digits > 0n && total.total.digits > 0n ? divide(profit.total, total.total, 8) : null;
    const of = (s: Sum): string => (s.known < all.length ? `, ${s.known} of ${all.length}` : "");
    return [usd(total), share && fmt.share(plain(share)), usd(needed), of(total), of(needed)];
  });
  return (
    <dl class="totals">
      <div>
        <dt>Equity{equityOf}</dt>
        <dd>{equity} USD</dd>
      </div>
      {gain !== null && (
        <div>
          <dt>of it unrealized profit</dt>
          <dd>{gain}</dd>
        </div>
      )}
      <div>
        <dt>Requirement{requirementOf}</dt>
        <dd>{requirement} USD</dd>
      </div>
    </dl>
  );
}

const LATEST = 6;

/** The latest events, what fires first: alerts of this run, and the story where the world is simulated. */
export function Latest() {
  const today = now.value;
  const lines = useMemo(() => {
    const told = alerts.value.filter((alert) => alert.state !== "over" || alert.told !== null).map((alert) => ({
      at: fmt.moment(alert.told ?? alert.since) ?? 0,
      key: alert.id,
      first: alert.state === "firing" ? 0 : 1, // what still fires is no past event
      status: alert.status,
      body: <Sentence parts={alert.sentence} />,
      by: deliveries(alert.deliveries, alert.state),
    }));
    const tale = story.value.slice(-LATEST).map((line, i) => ({
      at: fmt.moment(line.at) ?? 0,
      key: `story ${line.at} ${i}`,
      first: 1,
      status: "",
      body: <>{line.text}</>,
      by: "the world",
    }));
    return [...told, ...tale].sort((a, b) => a.first - b.first || b.at - a.at).slice(0, LATEST);
  }, [alerts.value, story.value]);
  return (
    <section class="panel">
      <div class="head">
        <h2>Latest</h2>
        <a class="end cap" href="/alerts">
          All alerts
        </a>
      </div>
      {lines.length === 0 ? (
        <p class="dim">Nothing has happened in this run.</p>
      ) : (
        <table class="feed">
          <caption class="unseen">Latest events</caption>
          <tbody>
            {lines.map((line) => (
              <tr key={line.key} class={`quiet ${line.status}`}>
                <td title={fmt.local(new Date(line.at).toISOString())}>
                  {fmt.day(line.at) === fmt.day(today) ? fmt.seconds(line.at) : `${fmt.date(line.at)} ${fmt.clock(line.at)}`}
                </td>
                <td class="anywhere">
                  {line.body}
                  <span class="sub">{line.by}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

export const deliveries = (list: readonly { channel: string; state: string }[], state: string): string =>
  [state, ...list.filter((d) => d.channel !== "page").map((d) => `${d.channel} ${d.state}`)].join(", ");

const CELLS = 5;

/** Of the accounts at one venue: how many, equity, requirement, net exposure. */
function venueCells(list: readonly AccountRow[]): string[] {
  const need = list.filter((row) => row.status !== "healthy").length;
  const told = (of: (row: AccountRow) => string | null): string => {
    const found = sum(list, of);
    return usd(found) + (found.known < list.length ? `, ${found.known} of ${list.length}` : "");
  };
  return [
    String(list.length) + (need > 0 ? `, ${need} need${need === 1 ? "s" : ""} you` : ""),
    told((row) => row.equity_usd),
    told((row) => row.requirement_usd),
    net(list),
  ];
}

/** Longs and shorts against each other: a part that is not known could turn it round, so it is told whole or not. */
function net(list: readonly AccountRow[]): string {
  const found = sum(list, (row) => row.net_usd);
  if (found.known < list.length) return `${fmt.UNKNOWN}, known of ${found.known} of ${list.length}`;
  const text = fmt.whole(plain(found.total));
  return found.total.digits > 0n && text !== "0" ? `+${text}` : text;
}

export function ByVenue() {
  const cells = useTexts(() => {
    const groups = new Map<string, AccountRow[]>();
    for (const row of rows.value) {
      const group = groups.get(row.venue);
      if (group) group.push(row);
      else groups.set(row.venue, [row]);
    }
    return [...groups].flatMap(([code, list]) => [code, ...venueCells(list)]);
  });
  const lines = Array.from({ length: cells.length / CELLS }, (_, i) => cells.slice(i * CELLS));
  return (
    <section class="panel">
      <div class="head">
        <h2>By venue</h2>
        <span class="faint cap end">USD at index. Buffers are not added up: one pool cannot lend to another.</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="By venue">
        <table class="venues blocks">
          <caption class="unseen">Equity, requirement and net exposure by venue</caption>
          <thead>
            <tr>
              <th scope="col">Venue</th>
              <th scope="col" class="num">
                Accounts
              </th>
              <th scope="col" class="num">
                Equity
              </th>
              <th scope="col" class="num">
                Requirement
              </th>
              <th scope="col" class="num">
                Net exposure
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(([code = "", accounts, equity, requirement, exposure]) => (
              <tr key={code}>
                <td>{venue(code)}</td>
                <td class="num" data-l="Accounts" title={count(Number.parseInt(accounts ?? "0"), "account")}>
                  {accounts}
                </td>
                <td class="num" data-l="Equity">
                  {equity}
                </td>
                <td class="num" data-l="Requirement">
                  {requirement}
                </td>
                <td class="num" data-l="Net exposure">
                  {exposure}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
