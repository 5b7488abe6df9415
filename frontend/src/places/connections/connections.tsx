// Connections: what is fed by what, how old it is, clocks, limits, refusals.

import { useState } from "preact/hooks";
import { ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { to } from "../../live/router";
import { link, loaded, now, rows, streams, world } from "../../live/store";
import * as fmt from "../../numbers/format";
import { Glyph } from "../../parts/status";
import type { Connections as Answer, StreamRow } from "../../wire";
import { count, venue } from "../../words";
import { Keys } from "./keys";
import { Loading } from "./states";

const order = (s: StreamRow): number => {
  const late = s.state === "silent" || s.state === "gap" || s.state === "refused" || s.state === "closed";
  return (late ? -1e12 : 0) - (s.age === null ? 1e9 : Number(s.age));
};

export function Connections() {
  const { value, error } = useAsked("connections", (signal) => ask<Answer>("connections", {}, signal), 2000);
  if (!loaded.value) return <Loading />;
  const list = [...(value?.streams ?? streams.value)].sort((a, b) => order(a) - order(b));
  const oldest = list.find((s) => s.age !== null);
  const late = list.filter((s) => s.state !== "live" && s.state !== "healed");
  return (
    <>
      <div class="headline">
        <h1>Connections</h1>
        <p class="dim">
          {list.length === 0 ? "No stream" : count(list.length, "stream")}
          {oldest?.age != null && `, oldest ${fmt.age(Number(oldest.age))}`}
          {link.value === "lost" ? `, as last told at ${fmt.seconds(now.value)}` : late.length > 0 ? `; ${late.length} not live` : list.length > 0 && ", all live"}. Age is the time since the last message that carried news, not the state of the socket.
        </p>
        {value && value.behind_s !== "0" && (
          <p class="unknown st-ink">marginline itself is {fmt.age(Number(value.behind_s))} behind: the venues speak faster than this machine judges.</p>
        )}
        {value?.history?.since && (
          <p class="unknown st-ink">
            History not written since {fmt.when(value.history.since, now.value)}: {value.history.reason}; {value.history.remedy}. Judging goes on.
          </p>
        )}
        {error && <p class="unknown st-ink">{error}</p>}
      </div>
      <div class="grid gal">
        <Streams list={list} />
        <Keys />
        <Refusals value={value} />
        <Clocks value={value} />
        <RateLimits value={value} />
        <Kept value={value} />
        {world.value && <Simulated />}
        <Sources />
      </div>
    </>
  );
}

const FIRST = 14;

function Streams({ list }: { list: StreamRow[] }) {
  const [all, showAll] = useState(false);
  const late = list.filter((s) => s.state !== "live" && s.state !== "healed").length;
  const shown = all ? list : list.slice(0, Math.max(FIRST, late));
  return (
    <section class="panel wide long" aria-label="Streams">
      <div class="head">
        <h2>Streams</h2>
        <span class="faint cap end">late ones first, then the oldest</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Streams by age">
        <table class="streams blocks">
          <caption class="unseen">Streams by age</caption>
          <thead>
            <tr>
              <th scope="col">Stream</th>
              <th scope="col" class="num">
                Age
              </th>
              <th scope="col" class="num">
                Limit
              </th>
              <th scope="col">State</th>
              <th scope="col">Since</th>
              <th scope="col" class="num">
                Gaps
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((s) => {
              const late = s.state !== "live" && s.state !== "healed";
              return (
                <tr key={`${s.venue} ${s.account} ${s.name}`} class={`quiet ${late ? "unknown" : ""}`} data-state={s.state}>
                  <td class="anywhere">
                    {s.name.replaceAll("_", " ")}, {venue(s.venue)}
                    {s.account !== null && (
                      <>
                        , <a href={to.account(s.account)}>{s.account}</a>
                      </>
                    )}
                  </td>
                  <td class={`num${late ? " st-ink strong" : ""}`} data-l="Age">
                    {fmt.age(s.age === null ? null : Number(s.age))}
                  </td>
                  <td class="num faint" data-l="Limit">
                    {fmt.age(Number(s.limit))}
                  </td>
                  <td class={`anywhere ${late ? "st-ink strong" : "faint"}`} data-l="State">
                    {late && <Glyph of="unknown" />} {s.state}
                    {s.reason && <span class="sub anywhere">{s.reason}</span>}
                    {s.retries > 0 && <span class="sub">try {s.retries}</span>}
                  </td>
                  <td class="faint nowrap" data-l="Since">
                    {fmt.when(s.since, now.value)}
                  </td>
                  <td class="num faint" data-l="Gaps">
                    {s.gaps || fmt.DASH}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {list.length > Math.max(FIRST, late) && (
        <button class="btn plain cap" type="button" onClick={() => showAll(!all)}>
          {all ? "Fewer" : `All ${list.length}`}
        </button>
      )}
    </section>
  );
}

function Refusals({ value }: { value: Answer | null }) {
  const list = value?.refusals ?? [];
  return (
    <section class="panel" aria-label="Refusals">
      <h2>Keys and answers refused</h2>
      {value === null && <p class="dim">Asking.</p>}
      {value !== null && list.length === 0 && <p class="dim">None. Keys are probed before anything is kept; one that may trade or withdraw is refused.</p>}
      {[...list].reverse().slice(0, 8).map((r, i) => (
        <div key={i} class="note margin_call">
          <Glyph of="margin_call" />
          <div class="anywhere">
            <b>
              {venue(r.venue)}
              {r.account !== null && `, ${r.account}`}: {r.reason}
            </b>
            <p class="dim">
              {r.field}
              {r.value && ` ${r.value}`}. {r.remedy} {fmt.when(r.at, now.value)}
            </p>
          </div>
        </div>
      ))}
    </section>
  );
}

function Clocks({ value }: { value: Answer | null }) {
  const list = value?.clocks ?? [];
  return (
    <section class="panel" aria-label="Clocks">
      <h2>Clocks of the venues</h2>
      {list.length === 0 ? (
        <p class="dim">{value === null ? "Asking." : "Not measured."}</p>
      ) : (
        <table class="streams">
          <caption class="unseen">Clocks of the venues</caption>
          <thead>
            <tr>
              <th scope="col">Venue</th>
              <th scope="col" class="num">
                Ahead of ours
              </th>
              <th scope="col" class="num">
                Round trip
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((c) => (
              <tr key={c.venue} class="quiet">
                <td>{venue(c.venue)}</td>
                <td class="num">{world.value ? "the world’s time" : offset(c.offset_ms)}</td>
                <td class="num">{fmt.size(String(c.round_trip_ms))} ms</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Milliseconds where they matter, else in the unit that fits. */
const offset = (ms: number): string =>
  (ms < 0 ? fmt.MINUS : "+") + (Math.abs(ms) < 60_000 ? `${fmt.size(String(Math.abs(ms)))} ms` : fmt.age(Math.abs(ms) / 1000));

function RateLimits({ value }: { value: Answer | null }) {
  const list = value?.limits ?? [];
  const waits = list.filter((l) => l.until !== null && (fmt.moment(l.until) ?? 0) > now.value);
  return (
    <section class="panel" aria-label="Rate limits">
      <h2>Rate limits</h2>
      {waits.map((l) => (
        <div key={l.venue} class="note watch">
          <Glyph of="watch" />
          <p>
            <b>
              {venue(l.venue)} asks us to wait until {fmt.when(l.until, now.value)}.{" "}
            </b>
            Marks go on by stream. Nothing to do.
          </p>
        </div>
      ))}
      {list.length === 0 ? (
        <p class="dim">{value === null ? "Asking." : "No venue has told any yet."}</p>
      ) : (
        <dl class="kv">
          {list.map((l) => [
            <dt key={l.venue}>{venue(l.venue)}</dt>,
            <dd key={`${l.venue} used`}>
              {fmt.size(String(l.used))}
              {l.of !== null && ` of ${fmt.size(String(l.of))}`} used
            </dd>,
          ])}
        </dl>
      )}
    </section>
  );
}

/** Where history is kept, and whether it is. */
function Kept({ value }: { value: Answer | null }) {
  const kept = value?.history ?? null;
  return (
    <section class="panel" aria-label="History">
      <h2>History</h2>
      {kept === null ? (
        <p class="dim">{value === null ? "Asking." : "This run keeps none: what it saw ends with it."}</p>
      ) : (
        <>
          <p class="anywhere">
            {kept.since === null ? "Written" : "Not written"} in <code class="mono">{kept.where}</code>
          </p>
          <p class="dim">
            {count(kept.written, "row")} of this run
            {kept.lost > 0 && `; ${count(kept.lost, "booked row")} lost while it could not be written`}.
          </p>
        </>
      )}
    </section>
  );
}

function Sources() {
  return (
    <section class="panel" aria-label="Accounts and their sources">
      <h2>Accounts by source</h2>
      <table class="streams">
        <caption class="unseen">Accounts by source</caption>
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col">Source</th>
            <th scope="col" class="num">
              Newest event
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.value.map((row) => (
            <tr key={row.name} class="quiet">
              <td class="anywhere">
                <a href={to.account(row.name)}>{row.name}</a>
              </td>
              <td class="dim anywhere">{row.source}</td>
              <td class="num faint">{fmt.size(String(row.sequence))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="faint cap">
        Accounts are added in the settings file (<code class="mono">marginline init</code> writes one).
      </p>
    </section>
  );
}

function Simulated() {
  const w = world.value;
  if (!w) return null;
  if (w.replayed)
    return (
      <section class="panel" aria-label="Replay">
        <h2>Replay</h2>
        <p>
          {w.title}, now {fmt.when(w.now, now.value)} UTC there.
        </p>
        <p class="dim">A recorded run, lived again by the same steps. Nothing of it is of now, and nothing can be done in it.</p>
      </section>
    );
  return (
    <section class="panel" aria-label="Simulated world">
      <h2>Simulated world</h2>
      <p>
        {w.title}
        {w.title.toLowerCase() !== w.scenario && <span class="faint"> ({w.scenario})</span>}, {fmt.size(w.speed)} × real time, now {fmt.when(w.now, now.value)} UTC there.
      </p>
      <p class="dim">Venues and accounts are made up; the protocols, the rules and the arithmetic are not.</p>
    </section>
  );
}
