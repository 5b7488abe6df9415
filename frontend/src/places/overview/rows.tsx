// One account: a row and its plan on a wide screen, a card on a narrow one.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ageOf, type Held } from "../../live/state";
import { to } from "../../live/router";
import { link, now } from "../../live/store";
import { useDrawn, useSaid, useWritten, type Row } from "../../live/view";
import { gaugeClass, gaugeFill, gaugeWords, isEmpty, isOwing, isPast as isBeyond, mixKinds, NOTHING, Ticks, useWords, writeMix } from "../../parts/bars";
import { Figure, writeFigure } from "../../parts/figure";
import { Interval, IntervalAxis, intervalKey, rangeWords } from "../../parts/interval";
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
            <span class="day">├┤ a normal day</span>
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

const isPast = (row: AccountRow): boolean => isBeyond(row.status, row.ratio);

export function lineAt(row: AccountRow): string {
  if (isPast(row)) return "past it";
  if (row.status === "unknown" && row.nearest === null) return fmt.UNKNOWN;
  if (row.nearest !== null) return Number(row.nearest.move) === 0 ? "past it" : fmt.near(row.nearest.move);
  return fmt.DASH;
}

export function AccountRows({ name }: { name: string }) {
  const [row, element] = useDrawn<HTMLTableSectionElement>(name);
  return row.held === null ? null : <Rows row={row} element={element} />;
}

type Drawing = { row: Row };

/** A row is drawn only where an account is known. */
const of = (row: Row): AccountRow => row.row!;

const PLANNED = "planned";
const isPlanned = (row: AccountRow): boolean => row.plan !== null || row.status === "unknown";

/** A row of the table. A cell is drawn anew only when its words are others; figures write themselves. */
function Rows({ row, element }: Drawing & { element: RefObject<HTMLTableSectionElement | null> }) {
  useSaid(row, (r) => [r.status, isPlanned(r) ? PLANNED : null]);
  const { name, status } = of(row);
  const [changed, seen] = useChanged(status);
  return (
    <tbody ref={element} class={status} onPointerEnter={seen} onFocusIn={seen}>
      <tr data-row={name} data-account={name} data-status={status} class={`${status}${changed ? " changed" : ""}`}>
        <td>
          <Status of={status} />
          {changed && <span class="sub">changed</span>}
        </td>
        <Who row={row} />
        <InUse row={row} />
        <LineAt row={row} />
        <td>
          <Safe row={row} />
        </td>
        <Odds row={row} />
        <Buffer row={row} />
        <td class="c-mix">
          <Made row={row} />
        </td>
        <AgeCell row={row} />
      </tr>
      {isPlanned(of(row)) && <PlanRow row={row} />}
    </tbody>
  );
}

function Who({ row }: Drawing) {
  useSaid(row, (r) => [venueAndMode(r)]);
  const { name } = of(row);
  return (
    <td class="c-name">
      <a class="name" href={to.account(name)}>
        {name}
      </a>
      <span class="sub">{venueAndMode(of(row))}</span>
    </td>
  );
}

const linesOf = (row: AccountRow): string[] => [row.bands.target, row.bands.warn, row.bands.act];
const writeUse = writeFigure("Support in use");
const writeBuffer = writeFigure("Buffer");

function InUse({ row }: Drawing) {
  const figure = useWritten(row, usesText, writeUse);
  useSaid(row, (r) => [r.worst, r.status, wasUsed(r)]);
  const { name, worst, status } = of(row);
  const was = wasUsed(of(row));
  return (
    <td class="line c-use">
      <div class="use">
        <Use row={row} />
        <span class={`num strong${status === "healthy" ? "" : " st-ink"}`}>
          <Figure text={figure} exact={() => of(row).ratio} account={name} where={worst ?? ""} measure="margin_ratio" label="Support in use" />
          {was && <span class="sub">{was}</span>}
        </span>
      </div>
    </td>
  );
}

const wasUsed = (row: AccountRow): string | null => wasText(row.ratio, row.last && fmt.ratio(row.last.ratio, linesOf(row)));

function Use({ row }: Drawing) {
  const fill = useWritten<HTMLElement>(row, (r) => gaugeFill(gaugeOf(r)), (bar, to) => (bar.style.clipPath = to));
  const words = useWritten(row, (r) => gaugeWords(gaugeOf(r), usesText(r)), (gauge, to) => gauge.setAttribute("aria-label", to));
  useSaid(row, (r) => [gaugeClass(gaugeOf(r)), ...linesOf(r)]);
  const { target, warn, act } = of(row).bands;
  return (
    <div class={gaugeClass(gaugeOf(of(row)))} role="img" ref={words}>
      <i ref={fill} />
      <Ticks target={target} warn={warn} act={act} />
    </div>
  );
}

const gaugeOf = (row: AccountRow) => ({ ratio: row.ratio, status: row.status, was: row.last?.ratio ?? null, owing: isOwing(row) });

function LineAt({ row }: Drawing) {
  const at = useWritten(row, lineAt);
  useSaid(row, (r) => [r.nearest?.instrument ?? null, wasAt(r), aloneOf(r)]);
  const r = of(row);
  const was = wasAt(r);
  const alone = aloneOf(r);
  return (
    <td class="num strong" title={r.nearest?.instrument ?? undefined}>
      <span ref={at} />
      {was !== null && <span class="sub">{was}</span>}
      {was === null && alone !== null && <span class="sub alone anywhere">{alone}</span>}
    </td>
  );
}

const wasAt = ({ nearest, last }: AccountRow): string | null => (nearest === null && last?.nearest ? `was ${fmt.near(last.nearest.move)}` : null);

/** The one instrument whose move leads to the line. */
const aloneOf = (row: AccountRow): string | null => (row.nearest?.way === "alone" && row.nearest.instrument && !isPast(row) ? row.nearest.instrument : null);

function Odds({ row }: Drawing) {
  const odds = useWritten(row, (r) => (isPast(r) || hasNoLine(r) ? fmt.DASH : fmt.odds(r.odds?.h24)));
  useSaid(row, (r) => [oddsWhy(r)]);
  return <td class="num c-odds" title={oddsWhy(of(row))} ref={odds} />;
}

function Buffer({ row }: Drawing) {
  const figure = useWritten(row, (r) => fmt.money(r.buffer, r.asset), writeBuffer);
  const sub = useWritten(row, bufferSub);
  useSaid(row, (r) => [r.worst, r.buffer === null ? "" : r.asset, usually(r)]);
  const { name, worst, buffer, asset } = of(row);
  return (
    <td class="num c-buf">
      <b>
        <Figure text={figure} exact={() => of(row).buffer} account={name} where={worst ?? ""} measure="buffer" label="Buffer" />
      </b>{" "}
      <span class="faint">{buffer === null ? "" : asset}</span>
      <span class="sub" title={usually(of(row))} ref={sub} />
    </td>
  );
}

function AgeCell({ row }: Drawing) {
  const age = useWritten(row, ageText);
  useSaid(row, (r) => [r.status]);
  return <td class={`num c-age ${of(row).status === "unknown" ? "st-ink" : "faint"}`} ref={age} />;
}

function PlanRow({ row: drawn }: Drawing) {
  useSaid(drawn, (r) => [r.status, planKey(r)]);
  const row = of(drawn);
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

const used = new WeakMap<AccountRow, string>(); // a row says it in several places

function usesText(row: AccountRow): string {
  let found = used.get(row);
  if (found === undefined) {
    found = useWords(row.ratio, row.status, linesOf(row), row);
    used.set(row, found);
  }
  return found;
}

/** Judged, and no move of prices leads to the line. */
const hasNoLine = (row: AccountRow): boolean =>
  isEmpty(row) || (row.status === "healthy" && row.nearest === null && row.joint !== null && row.joint.below.open && row.joint.above.open);

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
      {why ? `${fmt.ended(why.message)} ` : ""}
      {row.ratio === null ? "The last good figures are kept and not judged." : "Its figures are shown and not trusted."}
    </span>
  );
}

/** What was last known, or of when the figures are once the page has lost marginline. */
function wasText(today: string | null, was: string | null): string | null {
  if (link.peek() === "lost" && today !== null) return `at ${fmt.seconds(now.peek())}`;
  return today === null && was !== null && was !== fmt.UNKNOWN ? `was ${was}` : null;
}

export function speedText(row: AccountRow): string {
  const { speed } = row;
  if (speed === null) return "";
  if (Number(speed.per_hour) === 0) return "still";
  const left = speed.left_hours !== null && Number(speed.left_hours) < 48 ? `, ${fmt.span(speed.left_hours).replace("under ", `<${fmt.THIN}`)} left` : "";
  return `${fmt.speed(speed.per_hour, row.asset)} / h${left}`;
}

function bufferSub(row: AccountRow): string {
  if (link.peek() === "lost") return `at ${fmt.seconds(now.peek())}`;
  if (row.buffer === null && row.last?.buffer) return `was ${fmt.money(row.last.buffer, row.asset)}`;
  return speedText(row) || "\u00a0";
}

function usually({ speed, asset }: AccountRow): string {
  if (speed?.usual_low == null || speed.usual_high == null) return "";
  return `usually ${fmt.speed(speed.usual_low, asset)} to ${fmt.speed(speed.usual_high, asset)} / h`;
}

const ageText = (_: AccountRow, held: Held, at: number): string => fmt.age(ageOf(held, at));

function Safe({ row }: Drawing) {
  const words = useWritten(row, (r) => rangeWords(r.joint, isPast(r)), (picture, to) => picture.setAttribute("aria-label", to));
  useSaid(row, (r) => [isEmpty(r) ? NOTHING : intervalKey(r.joint, r.sigma?.value ?? null, isPast(r))]);
  const { joint, sigma } = of(row);
  if (isEmpty(of(row))) return <span class="faint">{NOTHING}</span>;
  return <Interval range={joint} sigma={sigma?.value ?? null} past={isPast(of(row))} label={words} />;
}

function Made({ row }: Drawing) {
  const bar = useWritten(row, (r) => sharesKey(r.shares), (mix, _, r) => r.shares && writeMix(mix, r.shares));
  useSaid(row, (r) => [r.shares && mixKinds(r.shares).join(), isEmpty(r) ? "" : null]);
  const { shares } = of(row);
  if (shares === null) return <span class="faint">{isEmpty(of(row)) ? fmt.DASH : fmt.UNKNOWN}</span>;
  const kinds = mixKinds(shares);
  return (
    <div key={kinds.join()} class="mix" role="img" ref={bar}>
      {kinds.map((kind) => (
        <i key={kind} class={kind} />
      ))}
    </div>
  );
}
const sharesKey = (shares: Shares | null): string => (shares === null ? "" : Object.values(shares).map((v) => Number(v).toFixed(3)).join());

export function AccountCard({ name }: { name: string }) {
  const [row, element] = useDrawn<HTMLLIElement>(name);
  return row.held === null ? null : <Card drawn={row} element={element} />;
}

function Card({ drawn, element }: { drawn: Row; element: RefObject<HTMLLIElement | null> }) {
  const told = (today: string, known: string | null, was: string | null | undefined): string =>
    known === null && was != null && was !== fmt.UNKNOWN ? `?, was ${was}` : today;
  const pace = useWritten(drawn, (r) => (link.peek() === "lost" ? `at ${fmt.seconds(now.peek())}` : speedText(r)));
  const say = (row: AccountRow): string[] => {
    const lines = linesOf(row);
    return [
      told(usesText(row), row.ratio, row.last && fmt.ratio(row.last.ratio, lines)),
      told(lineAt(row), row.status === "unknown" && row.nearest === null ? null : "", row.last?.nearest && fmt.near(row.last.nearest.move)),
      told(`${fmt.money(row.buffer, row.asset)} ${row.asset ?? ""}`, row.buffer, row.last && fmt.money(row.last.buffer, row.asset)),
      row.status,
      aloneOf(row) ?? "",
      venueAndMode(row),
      planKey(row),
    ];
  };
  useSaid(drawn, say);
  const row = of(drawn);
  const [uses, at, buffer, , alone] = say(row);
  return (
    <li ref={element} data-row={row.name} data-account={row.name} data-status={row.status} class={`panel card ${row.status}`}>
      <div class="top">
        <a class="name" href={to.account(row.name)}>
          {row.name}
        </a>
        <Status of={row.status} />
      </div>
      <span class="faint cap">
        {venueAndMode(row)} · <Age row={drawn} />
      </span>
      <Safe row={drawn} />
      <dl class="three">
        <div>
          <dt>Uses</dt>
          <dd>{uses}</dd>
        </div>
        <div>
          <dt>Line at</dt>
          <dd>
            {at}
            {alone && <span class="sub anywhere">{alone}</span>}
          </dd>
        </div>
        <div>
          <dt>Buffer</dt>
          <dd>
            {buffer}
            <span class="sub" ref={pace} />
          </dd>
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

function Age({ row }: Drawing) {
  return <span ref={useWritten(row, ageText)} />;
}
