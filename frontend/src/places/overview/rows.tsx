// One account: a row and its plan on a wide screen, a card on a narrow one.

import { useComputed, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ageOf, type Held } from "../../live/state";
import { to } from "../../live/router";
import { link, now } from "../../live/store";
import { useDrawn, useTexts, type Drawn } from "../../live/view";
import { gaugeClass, gaugeWidth, gaugeWords, isPast as isBeyond, Mix, Ticks, useWords } from "../../parts/bars";
import { Figure } from "../../parts/figure";
import { Interval, IntervalAxis, rangeWords } from "../../parts/interval";
import { PlanButtons, PlanLine } from "../../parts/plan";
import { Status } from "../../parts/status";
import * as fmt from "../../numbers/format";
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

const isPast = (row: AccountRow): boolean => isBeyond(row.status);

export function lineAt(row: AccountRow): string {
  if (isPast(row)) return "past it";
  if (row.status === "unknown" && row.nearest === null) return fmt.UNKNOWN;
  if (row.nearest !== null) return Number(row.nearest.move) === 0 ? "past it" : fmt.near(row.nearest.move);
  return fmt.DASH;
}

export function AccountRows({ name }: { name: string }) {
  const drawn = useDrawn<HTMLTableSectionElement>(name);
  const [status] = useTexts(() => [drawn.held.value?.row.status ?? null]);
  return status === null ? null : <Rows drawn={drawn} />;
}

/** A row of the table. Each cell is drawn anew only when what it says is another. */
type Drawing = { drawn: Drawn<HTMLTableSectionElement> };

const rowOf = (drawn: Drawn<Element>): AccountRow => drawn.last.peek().row;

/** What a part says of the row that is drawn. */
const useSaid = <T extends readonly (string | null)[]>(drawn: Drawn<Element>, say: (row: AccountRow, held: Held) => T): T =>
  useTexts(() => say(drawn.last.value.row, drawn.last.value));

/** The same as a text that writes itself: for what changes with every price. */
const useText = (drawn: Drawn<Element>, say: (row: AccountRow, held: Held) => string): ReadonlySignal<string> =>
  useComputed(() => say(drawn.last.value.row, drawn.last.value));

const PLANNED = "planned";
const isPlanned = (row: AccountRow): boolean => row.plan !== null || row.status === "unknown";

function Rows({ drawn }: Drawing) {
  const [name, status, planned] = useSaid(drawn, (row) => [row.name, row.status, isPlanned(row) ? PLANNED : null]);
  const [changed, seen] = useChanged(status);
  return (
    <tbody ref={drawn.element} class={status} onPointerEnter={seen} onFocusIn={seen}>
      <tr data-row={name} data-account={name} data-status={status} class={`${status}${changed ? " changed" : ""}`}>
        <td>
          <Status of={status} />
          {changed && <span class="sub">changed</span>}
        </td>
        <Who drawn={drawn} />
        <InUse drawn={drawn} />
        <LineAt drawn={drawn} />
        <td>
          <Safe drawn={drawn} />
        </td>
        <Odds drawn={drawn} />
        <Buffer drawn={drawn} />
        <td class="c-mix">
          <Made drawn={drawn} />
        </td>
        <AgeCell drawn={drawn} />
      </tr>
      {planned !== null && <PlanRow drawn={drawn} />}
    </tbody>
  );
}

function Who({ drawn }: Drawing) {
  const [name, where] = useSaid(drawn, (row) => [row.name, venueAndMode(row)]);
  return (
    <td class="c-name">
      <a class="name" href={to.account(name)}>
        {name}
      </a>
      <span class="sub">{where}</span>
    </td>
  );
}

const linesOf = (row: AccountRow): string[] => [row.bands.target, row.bands.warn, row.bands.act];

function InUse({ drawn }: Drawing) {
  const text = useText(drawn, usesText);
  const [name, pool, status, was] = useSaid(drawn, (row) => [
    row.name,
    row.worst ?? "",
    row.status,
    wasText(row.ratio, row.last && fmt.ratio(row.last.ratio, linesOf(row))),
  ]);
  return (
    <td class="line c-use">
      <div class="use">
        <Use drawn={drawn} />
        <span class={`num strong${status === "healthy" ? "" : " st-ink"}`}>
          <Figure text={text} exact={() => rowOf(drawn).ratio} account={name} where={pool} measure="margin_ratio" label="Support in use" />
          {was && <span class="sub">{was}</span>}
        </span>
      </div>
    </td>
  );
}

function Use({ drawn }: Drawing) {
  const width = useText(drawn, (row) => gaugeWidth(gaugeOf(row)));
  const words = useText(drawn, (row) => gaugeWords(gaugeOf(row), usesText(row)));
  const [kind, target, warn, act] = useSaid(drawn, (row) => [gaugeClass(gaugeOf(row)), row.bands.target, row.bands.warn, row.bands.act]);
  return (
    <div class={kind} role="img" aria-label={words}>
      <i style={width} />
      <Ticks target={target} warn={warn} act={act} />
    </div>
  );
}

const gaugeOf = ({ ratio, status, last }: AccountRow) => ({ ratio, status, was: last?.ratio ?? null });

function LineAt({ drawn }: Drawing) {
  const [at, instrument, was, alone] = useSaid(drawn, (row) => [
    lineAt(row),
    row.nearest?.instrument ?? null,
    row.nearest === null && row.last?.nearest ? `was ${fmt.near(row.last.nearest.move)}` : null,
    row.nearest?.way === "alone" && row.nearest.instrument && !isPast(row) ? row.nearest.instrument : null,
  ]);
  return (
    <td class="num strong" title={instrument ?? undefined}>
      {at}
      {was !== null && <span class="sub">{was}</span>}
      {was === null && alone !== null && <span class="sub alone ellipsis">{alone}</span>}
    </td>
  );
}

function Odds({ drawn }: Drawing) {
  const [odds, why] = useSaid(drawn, (row) => [isPast(row) || hasNoLine(row) ? fmt.DASH : fmt.odds(row.odds?.h24), oddsWhy(row)]);
  return (
    <td class="num c-odds" title={why}>
      {odds}
    </td>
  );
}

function Buffer({ drawn }: Drawing) {
  const text = useText(drawn, (row) => fmt.money(row.buffer, row.asset));
  const sub = useText(drawn, bufferSub);
  const usual = useText(drawn, usually);
  const [name, pool, asset] = useSaid(drawn, (row) => [row.name, row.worst ?? "", row.buffer === null ? "" : row.asset]);
  return (
    <td class="num">
      <b>
        <Figure text={text} exact={() => rowOf(drawn).buffer} account={name} where={pool} measure="buffer" label="Buffer" />
      </b>{" "}
      <span class="faint">{asset}</span>
      <span class="sub" title={usual}>
        {sub}
      </span>
    </td>
  );
}

function AgeCell({ drawn }: Drawing) {
  const age = useText(drawn, (_, held) => ageText(held, drawn.now.value));
  const [unknown] = useSaid(drawn, (row) => [row.status === "unknown" ? "" : null]);
  return <td class={`num c-age ${unknown === null ? "faint" : "st-ink"}`}>{age}</td>;
}

function PlanRow({ drawn }: Drawing) {
  useSaid(drawn, (row) => [row.status, planKey(row)]);
  const row = rowOf(drawn);
  const unknown = row.status === "unknown";
  return (
    <tr class={`plan-row quiet ${row.status}`}>
      <td colSpan={2} />
      <td class="line" />
      <td colSpan={6}>
        <div class="next acts">
          {unknown ? <WhyUnknown row={row} /> : <PlanLine row={row} />}
          {unknown ? (
            <a class="btn" href={to.connections} aria-label={`Open connections, for ${row.name}`}>
              Open connections
            </a>
          ) : (
            <PlanButtons row={row} />
          )}
        </div>
      </td>
    </tr>
  );
}

/** All that the line of a plan is made of. */
const planKey = (row: AccountRow): string =>
  row.status === "unknown"
    ? JSON.stringify([row.reasons, row.ratio === null])
    : JSON.stringify([row.plan, row.alert, row.pools?.find((p) => p.id === row.worst)?.measures["call_amount"]]);

/** Judged, and nothing there that uses support. */
const isEmpty = (row: AccountRow): boolean => row.status === "healthy" && row.ratio === null;

const used = new WeakMap<AccountRow, string>(); // a row says it in several places

function usesText(row: AccountRow): string {
  let found = used.get(row);
  if (found === undefined) {
    found = useWords(row.ratio, row.status, linesOf(row));
    used.set(row, found);
  }
  return found;
}

/** Judged, and no move of prices leads to the line. */
const hasNoLine = (row: AccountRow): boolean =>
  row.status === "healthy" && row.nearest === null && row.joint !== null && row.joint.below.open && row.joint.above.open;

const oddsWhy = (row: AccountRow): string =>
  hasNoLine(row)
    ? "No move of prices leads to the line."
    : row.odds
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
function wasText(today: string | null, was: string | null): string | null {
  if (link.value === "lost" && today !== null) return `at ${fmt.seconds(now.value)}`;
  return today === null && was !== null && was !== fmt.UNKNOWN ? `was ${was}` : null;
}

export function speedText(row: AccountRow): string {
  const { speed } = row;
  if (speed === null) return "";
  if (Number(speed.per_hour) === 0) return "still";
  const left = speed.left_hours !== null && Number(speed.left_hours) < 48 ? `, ${fmt.span(speed.left_hours)} left` : "";
  return `${fmt.speed(speed.per_hour, row.asset)} / h${left}`;
}

function bufferSub(row: AccountRow): string {
  if (link.value === "lost") return `at ${fmt.seconds(now.value)}`;
  if (row.buffer === null && row.last?.buffer) return `was ${fmt.money(row.last.buffer, row.asset)}`;
  return speedText(row) || "\u00a0";
}

function usually({ speed, asset }: AccountRow): string {
  if (speed?.usual_low == null || speed.usual_high == null) return "";
  return `usually ${fmt.speed(speed.usual_low, asset)} to ${fmt.speed(speed.usual_high, asset)} / h`;
}

const ageText = (held: Held, at: number): string => fmt.age(ageOf(held, at));

const endKey = (end: { move: string | null; open: boolean }): string => (end.move === null ? String(end.open) : Number(end.move).toPrecision(4));

function Safe({ drawn }: { drawn: Drawn<Element> }) {
  useSaid(drawn, (row) => [safeKey(row)]);
  const row = rowOf(drawn);
  return <Interval range={row.joint} sigma={row.sigma?.value ?? null} past={isPast(row)} label={rangeWords(row.joint, isPast(row))} />;
}
/** All that the picture shows of a row, in the digits that it has room for. */
const safeKey = (row: AccountRow): string =>
  [row.joint && endKey(row.joint.below), row.joint && endKey(row.joint.above), row.sigma?.value, isPast(row)].join();

function Made({ drawn }: { drawn: Drawn<Element> }) {
  useSaid(drawn, (row) => [sharesKey(row.shares), row.status]);
  const row = rowOf(drawn);
  return row.shares === null && isEmpty(row) ? <span class="faint">{fmt.DASH}</span> : <Mix shares={row.shares} />;
}
const sharesKey = (of: Shares | null): string => (of === null ? "" : Object.values(of).map((v) => Number(v).toFixed(3)).join());

export function AccountCard({ name }: { name: string }) {
  const drawn = useDrawn<HTMLLIElement>(name);
  const [status] = useTexts(() => [drawn.held.value?.row.status ?? null]);
  return status === null ? null : <Card drawn={drawn} />;
}

function Card({ drawn }: { drawn: Drawn<HTMLLIElement> }) {
  const told = (today: string, known: string | null, was: string | null | undefined): string =>
    known === null && was != null && was !== fmt.UNKNOWN ? `?, was ${was}` : today;
  const [uses, at, buffer] = useSaid(drawn, (row) => {
    const lines = linesOf(row);
    return [
      told(usesText(row), row.ratio, row.last && fmt.ratio(row.last.ratio, lines)),
      lineAt(row),
      told(`${fmt.money(row.buffer, row.asset)} ${row.asset ?? ""}`, row.buffer, row.last && fmt.money(row.last.buffer, row.asset)),
      row.status,
      venueAndMode(row),
      planKey(row),
    ];
  });
  const row = rowOf(drawn);
  return (
    <li ref={drawn.element} data-row={row.name} data-account={row.name} data-status={row.status} class={`panel card ${row.status}`}>
      <div class="top">
        <a class="name" href={to.account(row.name)}>
          {row.name}
        </a>
        <Status of={row.status} />
      </div>
      <span class="faint cap">
        {venueAndMode(row)} · <Age drawn={drawn} />
      </span>
      <Safe drawn={drawn} />
      <dl class="three">
        <div>
          <dt>Uses</dt>
          <dd>{uses}</dd>
        </div>
        <div>
          <dt>Line at</dt>
          <dd>{at}</dd>
        </div>
        <div>
          <dt>Buffer</dt>
          <dd>{buffer}</dd>
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

function Age({ drawn }: { drawn: Drawn<Element> }) {
  return <>{useText(drawn, (_, held) => ageText(held, drawn.now.value))}</>;
}
