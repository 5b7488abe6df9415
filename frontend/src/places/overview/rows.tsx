// One account: a row and its plan on a wide screen, a card on a narrow one.

import { useEffect, useRef, useState } from "preact/hooks";
import { ageOf, type Held } from "../../live/state";
import { to } from "../../live/router";
import { link, now } from "../../live/store";
import { useHeld } from "../../live/view";
import { Gauge, Mix } from "../../parts/bars";
import { Figure } from "../../parts/figure";
import { Interval, IntervalAxis, rangeWords } from "../../parts/interval";
import { PlanButtons, PlanLine } from "../../parts/plan";
import { Status } from "../../parts/status";
import * as fmt from "../../numbers/format";
import { memo } from "../../parts/memo";
import type { AccountRow, Shares, StatusName } from "../../wire";
import { venueAndMode } from "../../words";

export function TableHead() {
  return (
    <thead>
      <tr>
        <th class="c-st" scope="col">
          Status
        </th>
        <th class="c-name" scope="col">
          Account
        </th>
        <th class="c-use line" scope="col">
          Support in use
        </th>
        <th class="c-near num" scope="col" aria-sort="ascending">
          Line at ▴
        </th>
        <th scope="col">
          <span class="safe-head">
            <span>Safe while all prices move within, %</span>
            <span class="day">├─┤ a normal day</span>
          </span>
          <IntervalAxis />
        </th>
        <th class="c-odds num" scope="col">
          Hit, 24 h
        </th>
        <th class="c-buf num" scope="col">
          Buffer
        </th>
        <th class="c-mix" scope="col">
          Balance made of
        </th>
        <th class="c-age num" scope="col">
          Age
        </th>
      </tr>
    </thead>
  );
}

/** A status change marks the edge of the row until it was seen. */
function useChanged(status: StatusName): [boolean, () => void] {
  const before = useRef(status);
  const [changed, set] = useState(false);
  useEffect(() => {
    if (before.current !== status) set(true);
    before.current = status;
  }, [status]);
  return [changed, () => set(false)];
}

const isPast = (row: AccountRow): boolean => row.status === "margin_call" || row.status === "liquidation";

export function lineAt(row: AccountRow): string {
  if (isPast(row)) return "past it";
  if (row.status === "unknown" && row.nearest === null) return fmt.UNKNOWN;
  if (row.nearest !== null) return Number(row.nearest.move) === 0 ? "past it" : fmt.near(row.nearest.move);
  return fmt.DASH;
}

export function AccountRows({ name }: { name: string }) {
  const [held, element] = useHeld<HTMLTableSectionElement>(name);
  return held ? <Rows held={held} element={element} /> : null;
}

function Rows({ held, element }: { held: Held; element: preact.RefObject<HTMLTableSectionElement | null> }) {
  const { row } = held;
  const [changed, seen] = useChanged(row.status);
  const past = isPast(row);
  const lines = [row.bands.target, row.bands.warn, row.bands.act];
  const plan = row.plan !== null || row.status === "unknown";
  const pool = row.worst ?? "";
  return (
    <tbody ref={element} class={row.status} onPointerEnter={seen} onFocusIn={seen}>
      <tr data-row={row.name} data-account={row.name} data-status={row.status} class={`${row.status}${changed ? " changed" : ""}`}>
        <td>
          <Status of={row.status} />
          {changed && <span class="sub">changed</span>}
        </td>
        <td class="c-name">
          <a class="name" href={to.account(row.name)}>
            {row.name}
          </a>
          <span class="sub">{venueAndMode(row)}</span>
        </td>
        <td class="line c-use">
          <div class="use">
            <Gauge ratio={row.ratio} status={row.status} bands={row.bands} was={row.last?.ratio ?? null} />
            <span class={`num strong${row.status === "healthy" ? "" : " st-ink"}`}>
              <Figure text={useText(row, lines)} exact={row.ratio} account={row.name} where={pool} measure="margin_ratio" label="Support in use" />
              <Was now={row.ratio} was={row.last && fmt.ratio(row.last.ratio, lines)} />
            </span>
          </div>
        </td>
        <td class="num strong" title={row.nearest?.instrument ?? undefined}>
          {lineAt(row)}
          <LineSub row={row} />
        </td>
        <td>
          <Safe row={row} />
        </td>
        <td class="num c-odds" title={oddsWhy(row)}>
          {past ? fmt.DASH : fmt.odds(row.odds?.h24)}
        </td>
        <td class="num">
          <b>
            <Figure text={fmt.money(row.buffer, row.asset)} exact={row.buffer} account={row.name} where={pool} measure="buffer" label="Buffer" />
          </b>{" "}
          <span class="faint">{row.buffer === null ? "" : row.asset}</span>
          <BufferSub row={row} />
        </td>
        <td class="c-mix">
          <Made shares={row.shares} />
        </td>
        <td class={`num c-age ${row.status === "unknown" ? "st-ink" : "faint"}`}>
          <Age held={held} />
        </td>
      </tr>
      {plan && (
        <tr class={`plan-row quiet ${row.status}`}>
          <td colSpan={2} />
          <td class="line" />
          <td colSpan={6}>
            <div class="next acts">
              {row.status === "unknown" ? <WhyUnknown row={row} /> : <PlanLine row={row} />}
              {row.status === "unknown" ? (
                <a class="btn" href={to.connections} aria-label={`Open connections, for ${row.name}`}>
                  Open connections
                </a>
              ) : (
                <PlanButtons row={row} />
              )}
            </div>
          </td>
        </tr>
      )}
    </tbody>
  );
}

const useText = (row: AccountRow, lines: string[]): string =>
  row.ratio === null && isPast(row) ? "no support" : fmt.ratio(row.ratio, lines);

const oddsWhy = (row: AccountRow): string =>
  row.odds
    ? `${row.odds.method}; ${row.odds.source}`
    : (row.reasons.find((r) => r.measure === "odds")?.message ?? "Odds need seven days of prices behind the volatility.");

export function WhyUnknown({ row }: { row: AccountRow }) {
  const why = row.reasons.find((r) => r.severity === "error") ?? row.reasons[0];
  return (
    <span>
      {why ? capital(why.message.replace(/[.]?$/, ". ")) : ""}
      {row.ratio === null ? "The last good figures are kept and not judged." : "Its figures are shown and not trusted."}
    </span>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What was last known, or of when the figures are once the page has lost marginline. */
function Was({ now: today, was }: { now: string | null; was: string | null }) {
  if (link.value === "lost" && today !== null) return <span class="sub">at {fmt.seconds(now.value)}</span>;
  return today === null && was !== null && was !== fmt.UNKNOWN ? <span class="sub">was {was}</span> : null;
}

function LineSub({ row }: { row: AccountRow }) {
  if (row.nearest === null && row.last?.nearest) return <span class="sub">was {fmt.near(row.last.nearest.move)}</span>;
  if (row.nearest?.way === "alone" && row.nearest.instrument && !isPast(row)) {
    return <span class="sub ellipsis">{row.nearest.instrument}</span>;
  }
  return null;
}

export function speedText(row: AccountRow): string {
  const { speed } = row;
  if (speed === null) return "";
  if (Number(speed.per_hour) === 0) return "still";
  const left = speed.left_hours !== null && Number(speed.left_hours) < 48 ? `, ${fmt.span(speed.left_hours)} left` : "";
  return `${fmt.speed(speed.per_hour, row.asset)} / h${left}`;
}

function BufferSub({ row }: { row: AccountRow }) {
  if (link.value === "lost") return <span class="sub">at {fmt.seconds(now.value)}</span>;
  if (row.buffer === null && row.last?.buffer) return <span class="sub">was {fmt.money(row.last.buffer, row.asset)}</span>;
  const { speed } = row;
  const usual =
    speed?.usual_low != null && speed.usual_high != null
      ? `usually ${fmt.speed(speed.usual_low, row.asset)} to ${fmt.speed(speed.usual_high, row.asset)} / h`
      : undefined;
  return (
    <span class="sub" title={usual}>
      {speedText(row) || "\u00a0"}
    </span>
  );
}

export function Age({ held }: { held: Held }) {
  return <>{fmt.age(ageOf(held, now.value))}</>;
}

const endKey = (end: { move: string | null; open: boolean }): string => (end.move === null ? String(end.open) : Number(end.move).toPrecision(4));

/** The safe interval, drawn anew only when it would look otherwise. */
const Safe = memo(
  ({ row }: { row: AccountRow }) => (
    <Interval range={row.joint} sigma={row.sigma?.value ?? null} past={isPast(row)} label={rangeWords(row.joint, isPast(row))} />
  ),
  ({ row: a }, { row: b }) => safeKey(a) === safeKey(b),
);
const safeKey = (row: AccountRow): string =>
  [row.joint && endKey(row.joint.below), row.joint && endKey(row.joint.above), row.sigma?.value, isPast(row)].join();

const Made = memo(
  ({ shares }: { shares: Shares | null }) => <Mix shares={shares} />,
  ({ shares: a }, { shares: b }) => sharesKey(a) === sharesKey(b),
);
const sharesKey = (of: Shares | null): string => (of === null ? "" : Object.values(of).map((v) => Number(v).toFixed(3)).join());

export function AccountCard({ name }: { name: string }) {
  const [held, element] = useHeld<HTMLLIElement>(name);
  if (!held) return null;
  const { row } = held;
  const past = isPast(row);
  const lines = [row.bands.target, row.bands.warn, row.bands.act];
  const told = (today: string, known: string | null, was: string | null | undefined): string =>
    known === null && was != null && was !== fmt.UNKNOWN ? `?, was ${was}` : today;
  return (
    <li ref={element} data-row={row.name} data-account={row.name} data-status={row.status} class={`panel card ${row.status}`}>
      <div class="top">
        <a class="name" href={to.account(row.name)}>
          {row.name}
        </a>
        <Status of={row.status} />
      </div>
      <span class="faint cap">
        {venueAndMode(row)} · <Age held={held} />
      </span>
      <Interval range={row.joint} sigma={row.sigma?.value ?? null} past={past} label={rangeWords(row.joint, past)} />
      <dl class="three">
        <div>
          <dt>Uses</dt>
          <dd>{told(useText(row, lines), row.ratio, row.last && fmt.ratio(row.last.ratio, lines))}</dd>
        </div>
        <div>
          <dt>Line at</dt>
          <dd>{lineAt(row)}</dd>
        </div>
        <div>
          <dt>Buffer</dt>
          <dd>{told(`${fmt.money(row.buffer, row.asset)} ${row.asset ?? ""}`, row.buffer, row.last && fmt.money(row.last.buffer, row.asset))}</dd>
        </div>
      </dl>
      {row.status === "unknown" && (
        <p class="dim cap">
          <WhyUnknown row={row} />
        </p>
      )}
      {row.plan && row.status !== "unknown" && (
        <>
          <p class="dim cap">
            <PlanLine row={row} />
          </p>
          <div class="row">
            <PlanButtons row={row} />
          </div>
        </>
      )}
    </li>
  );
}
