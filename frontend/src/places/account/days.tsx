// Bad days: what named days would leave of the pool, each a bar of the buffer that it takes.

import type { BadDay, StressDocument } from "../../documents";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { Status } from "../../parts/status";
import type { AccountRow, PoolRow, StatusName } from "../../wire";
import { position } from "../../words";

export interface Drawn {
  day: BadDay;
  status: StatusName; // of the pool, as its figures are
  buffer: string | null;
  lost: string | null;
  share: number; // of the buffer before; 1 and more is all of it
}

/** The days for one pool, the worst first; what cannot be judged stands where its gravity puts it. */
export function ofPool(found: StressDocument, pool: string): Drawn[] {
  const drawn = found.days.map((day): Drawn => {
    const own = day.pools.find((each) => each.pool === pool);
    const [lost, left] = [place(own?.buffer_lost ?? null), place(own?.buffer ?? null)];
    const whole = (lost ?? 0) + (left ?? 0); // as it was when the days were asked
    return { day, status: own?.status ?? "unknown", buffer: own?.buffer ?? null, lost: own?.buffer_lost ?? null, share: lost === null || whole <= 0 ? 0 : Math.max(0, lost / whole) };
  });
  return drawn.sort((a, b) => (place(a.buffer) ?? -Infinity) - (place(b.buffer) ?? -Infinity));
}

export function Days({ row, pool }: { row: AccountRow; pool: PoolRow }) {
  const { value, error, at } = useAsked(`stress ${row.name}`, (signal) => ask<StressDocument>(accountPath(row.name, "stress"), {}, signal), 60_000);
  const drawn = value ? ofPool(value, pool.id) : [];
  return (
    <section class="panel days" aria-label="Bad days">
      <div class="head">
        <h2>Bad days{(row.pools ?? []).filter((each) => each.kind !== "risk_unit").length > 1 && `, ${position(pool.id)}`}</h2>
        <span class="faint cap end">{at !== null && `at once, positions standing; as of ${fmt.seconds(at)}`}</span>
      </div>
      {drawn.length === 0 && <p class="dim">{error ?? "Asking what bad days would leave."}</p>}
      {drawn.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Named bad days">
          <table class="blocks">
            <caption class="unseen">What named bad days would leave of the buffer of {pool.id}</caption>
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col">Status</th>
                <th scope="col">
                  <span class="unseen">Share of the buffer that it takes</span>
                </th>
                <th scope="col" class="num">
                  Takes
                </th>
                <th scope="col" class="num">
                  Leaves
                </th>
              </tr>
            </thead>
            <tbody>
              {drawn.map(({ day, status, buffer, lost, share }) => (
                <tr key={day.scenario} title={`${day.words}; ${day.source}`}>
                  <td>{day.title}</td>
                  <td class="nowrap">
                    <Status of={status} />
                  </td>
                  <td>
                    <svg class="pic taken" width={90} height={12} role="img" aria-label={lost === null ? "not known" : `${Math.round(share * 100)} % of the buffer`}>
                      <rect class="whole" x={0.5} y={1.5} width={89} height={9} />
                      <rect class="bar" x={0.5} y={1.5} width={Math.min(1, share) * 89} height={9} />
                    </svg>
                  </td>
                  <td class="num" data-l="Takes">
                    {lost === null ? fmt.UNKNOWN : fmt.signed(lost.startsWith("-") ? lost.slice(1) : `-${lost}`, pool.asset)}
                  </td>
                  <td class="num" data-l="Leaves">
                    {buffer === null ? fmt.UNKNOWN : fmt.money(buffer, pool.asset)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="faint cap">Moves are of the published lows of those days, or our choice; prices jump at once and nobody trades in between.</p>
    </section>
  );
}
