// One account: status and sentence; gauge, safe interval, plan; why, how fast, what if.

import { useRef, useState } from "preact/hooks";
import { accountPath } from "../../live/ask";
import { ageOf } from "../../live/state";
import { to } from "../../live/router";
import { account as rowOf, link, loaded, now } from "../../live/store";
import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { Heard } from "../../parts/deeds";
import { Gauge, isEmpty, isNothing, isOwing, isPast, NOTHING, useWords } from "../../parts/bars";
import { Interval, IntervalAxis, rangeWords } from "../../parts/interval";
import { Acknowledge, MuteButton, PlanCard } from "../../parts/plan";
import { partText, Sentence } from "../../parts/sentence";
import { Status } from "../../parts/status";
import type { AccountRow, PoolRow } from "../../wire";
import { OPENING, position, STATUS, venueAndMode } from "../../words";
import { Loading } from "../connections/states";
import { Agreement, agreementWords, useAgreement } from "./agreement";
import { Balances } from "./balances";
import { Causes } from "./causes";
import { Contagion } from "./contagion";
import { Days } from "./days";
import { TwoMoves } from "./map";
import { Picture } from "./picture";
import { Positions } from "./positions";
import { Why } from "./why";

export function Account({ name }: { name: string }) {
  const held = rowOf(name).value;
  const [chosen, choose] = useState<string | null>(null);
  if (!held) {
    return loaded.value ? (
      <>
        <h1 class="anywhere">{name}</h1>
        <p class="dim">
          No account of this name is watched. <a href="/">Overview</a>
        </p>
      </>
    ) : (
      <Loading />
    );
  }
  const { row } = held;
  const pools = (row.pools ?? []).filter((p) => p.kind !== "risk_unit").map((p) => asNow(row, p));
  const pool = pools.find((p) => p.id === (chosen ?? row.worst)) ?? pools[0] ?? null;
  return <Shown row={row} pool={pool} pools={pools} choose={choose} age={ageOf(held, now.value)} />;
}

/** Between whole judgements the worst pool's figures come with the row alone, and its sentence says those. */
export const asNow = (row: AccountRow, pool: PoolRow): PoolRow => {
  const { ratio, support, requirement, buffer } = row;
  return pool.id === row.worst && ratio !== null ? { ...pool, ratio, support, requirement, buffer } : pool;
};

/** The order of the server, worst first; it stands still while the pointer or the focus is among them. */
function useStill(pools: PoolRow[], host: { current: HTMLElement | null }): PoolRow[] {
  const held = useRef<string[]>([]);
  const ids = pools.map((p) => p.id);
  const same = held.current.length === ids.length && ids.every((id) => held.current.includes(id));
  if (!same || !host.current?.matches(":hover, :focus-within")) held.current = ids;
  return held.current.map((id) => pools.find((p) => p.id === id)!);
}

interface Props {
  row: AccountRow;
  pool: PoolRow | null;
  pools: PoolRow[];
  choose: (id: string) => void;
  age: number | null;
}

function Shown({ row, pool, pools, choose, age }: Props) {
  const agreement = useAgreement(row.name);
  return (
    <>
      <div class="who">
        <h1 class="anywhere">{row.name}</h1>
        <Status of={row.status} />
        <span class="dim">{[venueAndMode(row), row.position_mode.replace("_", "-")].join(", ")}</span>
        {agreement.value && (
          <a
            class="chip"
            href="#agree"
            onClick={(event) => {
              event.preventDefault();
              document.getElementById("agree")?.scrollIntoView();
            }}
          >
            {agreementWords(agreement.value)}
          </a>
        )}
        {row.rulebook && (
          <a class="chip" href={to.rules(row.rulebook.code)}>
            {row.rulebook.code}
          </a>
        )}
        <span class="chip">data {fmt.age(age)}</span>
        {row.judged_by === "venue" && <span class="chip watch st-ink">judged by the venue’s figures</span>}
        <div class="row end acts">
          <a class="btn" href={to.whatIf(row.name)}>
            What if <span class="key">w</span>
          </a>
          <a class="btn" href={to.alerts(row.name)}>
            Bands <span class="key">b</span>
          </a>
          <a class="btn" href={`/api/v1/${accountPath(row.name, "document")}`} download={`${row.name}.json`}>
            Save as account file
          </a>
          <button class="btn" type="button" onClick={() => print()}>
            Print
          </button>
        </div>
      </div>
      {pools.length > 1 && <PoolTabs row={row} pools={pools} pool={pool} choose={choose} />}
      <Top row={row} pool={pool} />
      <div class="grid mid">
        <Picture row={row} pool={pool} />
        <Balances row={row} pool={pool} />
      </div>
      {pool && <Positions row={row} pool={pool} />}
      <div class="grid low" id="why">
        <Causes row={row} pool={pool} />
        {pool && <TwoMoves name={row.name} pool={pool} bands={row.bands} reach={place(pool.distance?.nearest?.move ?? row.nearest?.move)} />}
        <Agreement row={row} found={agreement.value} error={agreement.error} />
      </div>
      <div class="grid low">
        <Why row={row} pool={pool} />
        {pool && pool.positions.length > 0 && <Contagion row={row} pool={pool} />}
        {pool && pool.positions.length > 0 && <Days row={row} pool={pool} />}
      </div>
    </>
  );
}

/** Several pools: a row of tabs, worst first, each with its word and gauge. */
function PoolTabs({ row, pools, pool, choose }: Omit<Props, "age">) {
  const host = useRef<HTMLDivElement>(null);
  const order = useStill(pools, host);
  return (
    <div class="pools" role="group" aria-label="Pools, worst first" ref={host}>
      {order.map((p) => (
        <button key={p.id} type="button" class={`pool ${p.status ?? ""}`} aria-pressed={p.id === pool?.id} onClick={() => choose(p.id)}>
          <span class="anywhere">{position(p.id)}</span>
          {p.status && <Status of={p.status} />}
          {p.status && <Gauge ratio={p.ratio} status={p.status} bands={row.bands} owing={isOwing(p)} />}
          <span class="num">{useWords(p.ratio, p.status, [row.bands.target, row.bands.warn, row.bands.act], p)}</span>
        </button>
      ))}
    </div>
  );
}

function Top({ row, pool }: { row: AccountRow; pool: PoolRow | null }) {
  const status = pool?.status ?? row.status;
  const past = isPast(status, pool === null ? row.ratio : pool.ratio);
  // its sentence begins with what the opening would say
  const opens = (row.status === "unknown" || row.status === "liquidation") && row.sentence[0]?.kind === "text";
  const range = pool?.joint ?? row.joint;
  const ratio = pool === null ? row.ratio : pool.ratio;
  const open = pool === null ? !isEmpty(row) : pool.status === "unknown" || !isNothing(pool);
  const owing = isOwing(pool ?? row);
  const was = row.ratio === null ? (row.last?.ratio ?? null) : null;
  const bands = [row.bands.target, row.bands.warn, row.bands.act];
  const percent = (b: string): string => String(Number((Number(b) * 100).toFixed(1)));
  return (
    <div class={`grid top ${row.status}`}>
      <div class="stand">
        <Heard>{`${row.name}: ${STATUS[row.status]}`}</Heard>
        <p class="say">
          <b class="st-ink">
            {link.value === "lost" && `At ${fmt.seconds(now.value)}: `}
            {opens ? `It ${partText(row.sentence[0]!)}` : `${OPENING[row.status]} `}
          </b>
          {!opens && row.sentence.length > 0 && "It "}
          <Sentence parts={opens ? row.sentence.slice(1) : row.sentence} link={false} />
        </p>
        <dl class="scales">
          <div>
            <dt>
              Support in use; target {percent(row.bands.target)}, warn {percent(row.bands.warn)}, act {percent(row.bands.act)} %
            </dt>
            <dd>
              <div class="gauge-figure">
                <Gauge ratio={ratio} status={status} bands={row.bands} was={was} owing={owing} />
                <b class="num st-ink">
                  {useWords(ratio, status, bands, pool ?? row)}
                  {was !== null && <span class="sub">was {fmt.ratio(was, bands)}</span>}
                </b>
              </div>
              <div class="ends" aria-hidden="true">
                {bands.map((b) => (
                  <span key={b} style={{ left: percent(b) + "%" }}>
                    {percent(b)}
                  </span>
                ))}
                <span style={{ left: "100%" }}>the line</span>
              </div>
            </dd>
          </div>
          <div>
            <dt>All prices together, %</dt>
            <dd>
              {open ? (
                <>
                  <Interval range={range} sigma={row.sigma?.value ?? null} past={past} label={rangeWords(range, past)} />
                  <IntervalAxis />
                </>
              ) : (
                <p class="dim">{NOTHING}: no move of prices leads to a line.</p>
              )}
            </dd>
          </div>
        </dl>
      </div>
      <Side row={row} />
    </div>
  );
}

/** "marks of BTCUSDT, XRPUSDT; account": inputs by their kind. */
export function late(stale: readonly string[]): string {
  const kinds = new Map<string, string[]>();
  for (const each of stale) {
    const [kind = "", ...of] = each.split(": ");
    kinds.set(kind, [...(kinds.get(kind) ?? []), ...(of.length ? [of.join(": ")] : [])]);
  }
  return [...kinds].map(([kind, of]) => (of.length ? `${kind} of ${of.join(", ")}` : kind)).join("; ");
}

function Side({ row }: { row: AccountRow }) {
  const { alert } = row;
  if (row.plan === null) {
    return (
      <section class={`plan ${row.status}`} aria-label="Planned action">
        <h2>{row.status === "unknown" ? "No plan: it cannot be judged" : row.status === "healthy" ? (link.value === "lost" ? `Nothing was to do at ${fmt.seconds(now.value)}` : "Nothing to do") : "Its line is near"}</h2>
        <p class="dim">
          {row.status === "unknown"
            ? `${row.ages.stale.length ? `Late: ${late(row.ages.stale)}. ` : ""}The last good figures are kept and not judged.`
            : row.status !== "healthy"
              ? `Its use of support is inside the bands, so there is no amount that leads back. A smaller position moves the line away${row.nearest ? ` from ${fmt.near(row.nearest.move)}` : ""}.`
              : `A plan stands here once the account uses more than ${fmt.ratio(row.bands.warn)} of its support, or its line is near.`}
        </p>
        {row.status !== "unknown" && row.status !== "healthy" && (
          <div class="row acts">
            <a class="btn" href={to.whatIf(row.name)}>
              Try a smaller one
            </a>
            <Acknowledge row={row} />
          </div>
        )}
        {row.status === "unknown" && (
          <div class="row acts">
            <a class="btn" href={to.connections}>
              Open connections
            </a>
          </div>
        )}
      </section>
    );
  }
  return <PlanCard row={row}>{alert && alert.state === "firing" && <MuteButton id={alert.id} label={row.name} />}</PlanCard>;
}
