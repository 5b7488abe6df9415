// The line over time, from what this run has recorded; odds, speed and time left under it.

import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { printing } from "../../live/paper";
import { now } from "../../live/store";
import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { csv, save } from "../../parts/deeds";
import { sentenceText } from "../../parts/sentence";
import type { LinePicture, Palette } from "../../pictures/line";
import { slots } from "../../pictures/slots";
import { theme, token } from "../../shell/theme";
import type { OddsDocument, PoolOdds } from "../../documents";
import type { AccountRow, History, HistoryPoint, PoolRow } from "../../wire";
import { position } from "../../words";
import { speedText } from "../overview/rows";

export const SPANS: [string, number][] = [
  ["10 min", 600],
  ["1 h", 3600],
  ["24 h", 86400],
  ["7 d", 604800],
];

export function Picture({ row, pool }: { row: AccountRow; pool: PoolRow | null }) {
  const [span, setSpan] = useState(3600);
  const { value: history, error } = useAsked(
    `${row.name} ${span}`,
    (signal) => ask<History>(accountPath(row.name, "history"), { span }, signal),
    span <= 3600 ? 4000 : 15000,
    row.name,
  );
  // record, speed and odds are of the worst pool, whichever is looked at
  const ofWorst = pool !== null && row.worst !== null && pool.id !== row.worst ? position(row.worst) : null;
  return (
    <section class={`panel picture ${row.status}`}>
      <div class="head">
        <h2>Margin balance against the requirement</h2>
        <div class="seg end" role="group" aria-label="Span">
          {SPANS.map(([name, seconds]) => (
            <button key={name} type="button" aria-pressed={span === seconds} onClick={() => setSpan(seconds)}>
              {name}
            </button>
          ))}
        </div>
      </div>
      {history && history.points.length > 1 ? (
        <Drawn row={row} pool={pool} history={history} />
      ) : (
        <p class="dim empty-picture">{error ?? (history ? "Nothing of it is recorded yet." : "Asking for the record.")}</p>
      )}
      {ofWorst !== null && <p class="faint cap">Recorded and told here: {ofWorst}, the pool nearest to its line.</p>}
      <Chance row={row} />
      {history && <Table history={history} name={row.name} />}
    </section>
  );
}

function palette(status: string): Palette {
  const colour: Record<string, string> = { margin_call: "call" };
  return {
    ink: token("ink"),
    ink2: token("ink-2"),
    ink3: token("ink-3"),
    rule: token("rule"),
    edge: token("edge"),
    water: token("water"),
    waterLine: token("water-line"),
    status: token(colour[status] ?? status),
    sans: token("sans"),
  };
}

function Drawn({ row, pool, history }: { row: AccountRow; pool: PoolRow | null; history: History }) {
  const host = useRef<HTMLDivElement>(null);
  const picture = useRef<LinePicture | null>(null);
  const [at, read] = useState<number | null>(null);
  const cursor = useRef<number | null>(null);
  const made = useMemo(() => slots(history.points), [history]);
  const events = history.events.slice(-12);
  const narrow = (host.current?.clientWidth ?? innerWidth) < 560;

  const input = (): Parameters<LinePicture["show"]>[0] => {
    const net = Math.abs(place(pool?.measures["net_notional"]) ?? 0);
    const sigma = place(row.sigma?.value);
    const percent = (b: string): string => `${Number((Number(b) * 100).toFixed(1))} %`;
    return {
      points: made.points,
      step: made.step,
      bands: [
        { name: `warn ${percent(row.bands.warn)}`, at: Number(row.bands.warn) },
        { name: `act ${percent(row.bands.act)}`, at: Number(row.bands.act) },
      ],
      events: events.map((event, i) => ({ at: (fmt.moment(event.at) ?? 0) / 1000, label: String(i + 1) })),
      sigmaDay: sigma !== null && net > 0 ? net * sigma : null,
      leftHours: place(row.speed?.left_hours),
      narrow,
    };
  };
  const latest = useRef(input);
  latest.current = input;

  useEffect(() => {
    let gone = false;
    void import("../../pictures/line").then(({ LinePicture: Made }) => {
      if (gone || !host.current) return;
      picture.current = new Made(host.current, palette(row.status), (i) => {
        cursor.current = i;
        read(i);
      });
      picture.current.show(latest.current());
    });
    return () => {
      gone = true;
      picture.current?.destroy();
      picture.current = null;
    };
  }, []);
  useEffect(() => picture.current?.show(latest.current()), [made, row.bands, row.sigma, narrow]);
  useEffect(() => picture.current?.paint(palette(row.status)), [theme.value, row.status]);
  // at once: a hook's effect waits for a frame, and paper does not
  useEffect(
    () =>
      effect(() => {
        const printed = printing.value;
        picture.current?.onPaper(printed);
      }),
    [],
  );

  const move = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -1e9, End: 1e9 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const from = cursor.current ?? made.points.length - 1;
    const to = Math.max(0, Math.min(made.points.length - 1, from + by));
    cursor.current = to;
    picture.current?.read(to);
    read(to);
  };
  const point = at === null ? history.points[history.points.length - 1] : history.points[made.index[at] ?? 0];
  return (
    <>
      <div class="reading" aria-live="off">
        {at === null ? current(row, pool) : point && reading(point, history.asset ?? row.asset)}
        {at === null && <span class="faint point"> Point at the picture, or use the arrow keys.</span>}
      </div>
      <div
        ref={host}
        class="line-picture"
        tabIndex={0}
        role="img"
        aria-label={finding(history, history.asset ?? row.asset)}
        onKeyDown={move}
        onBlur={() => {
          cursor.current = null;
          picture.current?.unread();
          read(null);
        }}
      />
      {events.length > 0 && (
        <div class="events">
          {events.map((event, i) => (
            <span key={event.at + i} title={fmt.local(event.at)}>
              <b>{i + 1}</b> {sentenceText(event.sentence) || event.kind}
              {event.amount !== null && ` ${fmt.signed(event.amount, event.asset)}`}
            </span>
          ))}
        </div>
      )}
      <p class="faint cap">
        Recorded{history.start ? ` since ${fmt.when(history.start, Date.parse(point?.at ?? history.start))}` : ""}
        {history.thinned ? ", thinned" : ""}. Why it moved is told below.
      </p>
    </>
  );
}

function current(row: AccountRow, pool: PoolRow | null): string {
  const [asset, of] = [pool?.asset ?? row.asset, pool ?? row];
  if (of.buffer === null) return "Now: not known.";
  return `Now: balance ${fmt.money(of.support, asset)}, requirement ${fmt.money(of.requirement, asset)}, buffer ${fmt.money(of.buffer, asset)} ${asset ?? ""}.`;
}

export function reading(point: HistoryPoint, asset: string | null): string {
  const money = (text: string | null): string => fmt.money(text, asset);
  return (
    `${fmt.when(point.at, now.peek())} UTC: balance ${money(point.support)}, requirement ${money(point.requirement)}, ` +
    `buffer ${money(point.buffer)} ${asset ?? ""}, ratio ${fmt.ratio(point.ratio)}.`
  );
}

export function finding(history: History, asset: string | null): string {
  const money = (text: string | null): string => fmt.money(text, asset);
  const known = history.points.filter((p) => p.support !== null);
  const [first, last] = [known[0], known[known.length - 1]];
  if (!first || !last) return "Balance and requirement were not known in this time";
  const change = (a: string | null, b: string | null): string => {
    const [x, y] = [place(a) ?? 0, place(b) ?? 0];
    return x === y ? "stayed at" : y > x ? `rose from ${money(a)} to` : `fell from ${money(a)} to`;
  };
  return (
    `Since ${fmt.when(first.at, now.peek())} the margin balance ${change(first.support, last.support)} ${money(last.support)} ` +
    `while the requirement ${change(first.requirement, last.requirement)} ${money(last.requirement)}`
  );
}

function Chance({ row }: { row: AccountRow }) {
  const { speed, odds, sigma, nearest } = row;
  const move = place(nearest?.move);
  const noise = place(sigma?.value);
  const usual =
    speed?.usual_low != null && speed.usual_high != null
      ? `usually ${fmt.speed(speed.usual_low, row.asset)} to ${fmt.speed(speed.usual_high, row.asset)} / h`
      : undefined;
  const why =
    row.reasons.find((r) => r.measure === "odds")?.message ??
    "Odds appear when the volatility has at least 7 days of prices behind it.";
  return (
    <>
      <dl class="chance">
        <div title={usual}>
          <dt>Speed of the buffer</dt>
          <dd>{speed ? speedText({ ...row, speed: { ...speed, left_hours: null } }) : fmt.UNKNOWN}</dd>
        </div>
        <div>
          <dt>Left at that speed</dt>
          <dd>{speed === null ? fmt.UNKNOWN : fmt.span(speed.left_hours)}</dd>
        </div>
        <div title={sigma ? `${sigma.source}, ${fmt.size(sigma.days)} days` : undefined}>
          <dt>Distance</dt>
          <dd>{move !== null && noise ? `${inSigmas(move, noise)} σ of a day` : nearest ? fmt.near(nearest.move) : row.status === "unknown" || row.joint === null ? fmt.UNKNOWN : fmt.DASH}</dd>
        </div>
        {odds && (
          <>
            {(
              [
                ["Touches the line in 1 h", odds.h1],
                ["in 8 h", odds.h8],
                ["in 24 h", odds.h24],
                ["in 7 d", odds.d7],
              ] as const
            ).map(([name, value]) => (
              <div key={name} title={`${odds.method}; ${odds.source}`}>
                <dt>{name}</dt>
                <dd>{fmt.odds(value)}</dd>
              </div>
            ))}
            <div title="How long until a move of so many σ is as far as the nearer end; it grows by the root of time">
              <dt>1, 2, 3 σ reach it in</dt>
              <dd>{[odds.s1, odds.s2, odds.s3].map((hours) => fmt.span(hours)).join(", ")}</dd>
            </div>
          </>
        )}
      </dl>
      {!odds && <p class="faint cap">{why}</p>}
      <FromThePast row={row} />
    </>
  );
}

/** A distance in days' σ; cut, so that it never looks farther than it is. */
export const inSigmas = (move: number, sigma: number): string => (Math.floor(Math.abs(Math.log(1 + move) / sigma) * 100) / 100).toFixed(2);

/** The chances drawn from the past, beside the closed form: tails, hedges and tiers count here. */
function FromThePast({ row }: { row: AccountRow }) {
  const { value } = useAsked(`odds ${row.name}`, (signal) => ask<OddsDocument>(accountPath(row.name, "odds"), {}, signal), 300_000);
  const [garch, setGarch] = useState(false);
  const pool = value?.pools.find((p) => p.pool === row.worst);
  if (!value || !pool) return null;
  const drain = funding(pool, row.asset);
  if (pool.odds.length === 0) return drain ? <p class="faint cap">{drain}</p> : null;
  const told = pool.odds.map((o) => `${fmt.odds(o.bootstrap)} in ${fmt.span(o.within_hours)}`).join(", ");
  const week = pool.odds[pool.odds.length - 1]!;
  return (
    <p class="faint cap">
      {drain && `${drain} `}
      Drawn from the past: {told}; without its unrealized profit {fmt.odds(week.without_profit)}
      {week.without_most_cut !== null && `, without the collateral that is cut most ${fmt.odds(week.without_most_cut)}`} in {fmt.span(week.within_hours)}. {pool.paths.toLocaleString("en")} paths from{" "}
      {Number(pool.past_days).toFixed(1)} days of {value.source}, to {fmt.when(pool.past_ends_at, now.peek())}.{" "}
      {garch ? (
        <ByGarch row={row} />
      ) : (
        <button class="btn plain" type="button" onClick={() => setGarch(true)}>
          By GARCH-t as well
        </button>
      )}
    </p>
  );
}

/** The same chances by GARCH(1,1) with Student-t shocks: asked for by hand, it takes packages and a second. */
function ByGarch({ row }: { row: AccountRow }) {
  const { value, error } = useAsked(
    `garch ${row.name}`,
    (signal) => ask<OddsDocument>(accountPath(row.name, "odds"), { garch: "true" }, signal),
    300_000,
  );
  const pool = value?.pools.find((p) => p.pool === row.worst);
  if (!pool) return <span role="status">{error ?? "Asking GARCH-t."}</span>;
  const told = pool.odds.filter((o) => o.garch !== null).map((o) => `${fmt.odds(o.garch)} in ${fmt.span(o.within_hours)}`);
  return <span role="status">{told.length > 0 ? `By GARCH-t: ${told.join(", ")}.` : (pool.findings[0]?.message ?? "GARCH-t tells no chance.")}</span>;
}

const FIGURES = ["Margin balance", "Requirement", "Ratio"];

function Table({ history, name }: { history: History; name: string }) {
  const step = Math.max(1, Math.ceil(history.points.length / 24));
  const shown = history.points.filter((_, i) => i % step === 0 || i === history.points.length - 1);
  const keep = (): void =>
    save(
      `${name}-history.csv`,
      "text/csv",
      csv([
        ["at", "status", "margin_balance", "requirement", "buffer", "ratio"],
        ...history.points.map((p) => [p.at, p.status, p.support, p.requirement, p.buffer, p.ratio]),
      ]),
    );
  return (
    <details class="data">
      <summary>The figures behind the picture</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Figures over time">
        <table class="history blocks">
          <caption class="unseen">Figures over time</caption>
          <thead>
            <tr>
              {["Time UTC", ...FIGURES].map((t, i) => (
                <th key={t} scope="col" class={i ? "num" : undefined}>
                  {t}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((p) => (
              <tr key={p.at}>
                <td>{fmt.when(p.at, now.peek())}</td>
                {[fmt.money(p.support, history.asset), fmt.money(p.requirement, history.asset), fmt.ratio(p.ratio)].map((text, i) => (
                  <td key={FIGURES[i]} class="num" data-l={FIGURES[i]}>
                    {text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <button class="btn plain cap" type="button" onClick={keep}>
        Save all as CSV
      </button>
    </details>
  );
}

/** What funding alone takes in a week, and the day on which the buffer is gone by it. */
export function funding(pool: PoolOdds, asset: string | null): string {
  const drain = pool.funding;
  if (!drain || drain.expected === null || place(drain.expected) === 0) return "";
  const takes = (place(drain.expected) ?? 0) > 0;
  const amount = fmt.money(drain.expected.replace("-", ""), asset);
  const gone = drain.gone_at ? `; if nothing else moves the buffer is gone by it on ${fmt.date(fmt.moment(drain.gone_at) ?? 0)}` : "";
  return `At today’s rates funding ${takes ? "takes" : "brings"} ${amount} ${asset ?? ""} in ${fmt.span(drain.over_hours)}${gone}.`;
}
