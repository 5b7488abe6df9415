// What is around every place: the bar, what must be said over everything, the foot.

import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { ageOf } from "../live/state";
import { place, to, type Place } from "../live/router";
import { useTexts } from "../live/view";
import { account, delivering, firing, inNeed, link, loaded, lostFor, names, now, revision, rows, skew, world } from "../live/store";
import { Drawer } from "../parts/drawer";
import { Told } from "../parts/deeds";
import { Glyph } from "../parts/status";
import { age, seconds } from "../numbers/format";
import { openFind } from "./find";
import { openHelp } from "./keys";
import { turn } from "./theme";

interface PlaceInfo {
  name: string;
  short: string;
  href: string;
  places: Place[];
  icon: string;
}

const PLACES: PlaceInfo[] = [
  { name: "Overview", short: "Overview", href: to.overview, places: ["overview", "account"], icon: "M3 5h14M3 10h14M3 15h9" },
  { name: "What if", short: "What if", href: to.whatIf(), places: ["what-if"], icon: "M3 15c4 0 4-10 7-10s3 6 7 6" },
  { name: "Alerts", short: "Alerts", href: to.alerts(), places: ["alerts"], icon: "M5 14h10l-1.5-2V9a3.5 3.5 0 0 0-7 0v3Zm4 2.5h2" },
  { name: "Rules", short: "Rules", href: to.rules(), places: ["rules"], icon: "M5 3h8l2 2v12H5ZM8 8h4M8 11h4" },
  { name: "Connections", short: "Data", href: to.connections, places: ["connections"], icon: "M6 10h8M4 6v8M16 6v8" },
];

function Count() {
  const n = firing.value.length;
  return n ? (
    <span class="count" aria-label={`${n} firing`} role="img">
      {n}
    </span>
  ) : null;
}

const Mark = () => (
  <svg viewBox="0 0 18 18" aria-hidden="true">
    <path d="M1.5 5.5h15l-2 7.5a2 2 0 0 1-2 1.5h-7a2 2 0 0 1-2-1.5Z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" />
    <path d="M1 9.3h16" class="water-line" stroke-width="2" />
  </svg>
);

/** Age of the data, of the oldest input that a judged account needs; not of the socket. */
function Live() {
  const oldest = useComputed(() => {
    let most: number | null = null;
    void revision.value; // once a second, as the clock
    for (const name of names.value) {
      const held = account(name).peek();
      if (!held || held.row.status === "unknown") continue;
      const old = ageOf(held, now.value);
      if (old !== null && (most === null || old > most)) most = old;
    }
    return most;
  });
  const unknown = useComputed(() => rows.value.some((row) => row.status === "unknown")).value;
  const [old] = useTexts(() => [oldest.value === null ? null : age(oldest.value)]);
  if (link.value === "lost") return <span class="live stale">no word for {age(lostFor.value)}</span>;
  if (link.value === "connecting") return <span class="live stale">connecting</span>;
  return (
    <span class={`live${unknown ? " stale" : ""}`} title="Age of the oldest input that a judged account needs">
      {unknown ? "partly live" : "live"}
      {old !== null && ` · ${old}`}
    </span>
  );
}

function Bar() {
  const simulated = world.value;
  return (
    <header class="bar">
      <a class="brand" href="/">
        <Mark />
        marginline
      </a>
      <nav class="places" aria-label="Places">
        {PLACES.map((p) => (
          <a key={p.name} href={p.href} aria-current={p.places.includes(place.value) ? "page" : undefined}>
            {p.name}
            {p.name === "Alerts" && <Count />}
          </a>
        ))}
      </nav>
      <div class="right">
        {simulated && (
          <span
            class="world hide-s"
            title={simulated.replayed ? `A recorded run, lived again: ${simulated.title}. Nothing here is of now.` : `Simulated venues and accounts, ${simulated.title}. No keys, no network.`}
          >
            {simulated.replayed ? "Replay" : "Demo world"}
            {Number(simulated.speed) > 0 && Number(simulated.speed) !== 1 && `, ${Number(simulated.speed)} ×`}
          </span>
        )}
        <Live />
        <span class="faint hide-s clock">{loaded.value ? `${seconds(now.value)} UTC` : ""}</span>
        <button class="btn hide-s" type="button" onClick={openFind}>
          Find <span class="key">/</span>
        </button>
        <button class="btn" type="button" aria-label="Change to dark or light" onClick={turn}>
          ◐
        </button>
      </div>
    </header>
  );
}

const SKEW_MS = 2_000;

/** What must be said over every place. */
function Over() {
  const liquidated = useTexts(() => inNeed.value.filter((row) => row.status === "liquidation").map((row) => row.name));
  const [apart] = useTexts(() => [Math.abs(skew.value) > SKEW_MS ? age(Math.abs(skew.value) / 1000) : null]);
  return (
    <>
      {link.value === "lost" && (
        <div class="banner" role="alert">
          <Glyph of="unknown" />
          <div>
            <b>
              No word from marginline<span aria-hidden="true"> for {age(lostFor.value)}</span>.{" "}
            </b>
            All figures are of {seconds(now.value)}. Trying again.
          </div>
        </div>
      )}
      {delivering.value?.state === "broken" && (
        <div class="note liquidation over" role="alert">
          <Glyph of="liquidation" />
          <div>
            <b>Alerting is broken. </b>
            {delivering.value.reason}. <a href={to.alerts()}>See which channel</a>
          </div>
        </div>
      )}
      {liquidated.length > 0 && (
        <div class="note liquidation over" role="alert">
          <Glyph of="liquidation" />
          <div>
            <b>The venue acts on {liquidated.join(", ")}. </b>
            <a href={to.account(liquidated[0] ?? "")}>See what it does</a>
          </div>
        </div>
      )}
      {link.value === "live" && world.value === null && apart !== null && (
        <p class="note watch over">
          <span>
            This computer’s clock and marginline’s differ by {apart}. Times here are marginline’s.
          </span>
        </p>
      )}
    </>
  );
}

function Foot() {
  return (
    <footer>
      <span>Figures by each venue’s own rules. marginline reads; it never trades.</span>
      <span class="keys">
        <span class="key">j</span> <span class="key">k</span> row &ensp;<span class="key">↵</span> open &ensp;
        <span class="key">w</span> what if &ensp;
        <button type="button" class="fig" onClick={openHelp}>
          <span class="key">?</span> all keys
        </button>
      </span>
      <span>
        Charts: <a href="https://www.tradingview.com/">TradingView Lightweight Charts™</a>
      </span>
      <ForPrint />
    </footer>
  );
}

function ForPrint() {
  const [books] = useTexts(() => [rulebooks()]);
  return (
    <span class="for-print">
      {seconds(now.value)} UTC; {books}
    </span>
  );
}

const rulebooks = (): string =>
  [...new Set(rows.value.map((row) => row.rulebook && `${row.rulebook.code} ${row.rulebook.digest.slice(0, 12)}`))]
    .filter(Boolean)
    .join(", ");

function Tabs() {
  return (
    <nav class="tabs" aria-label="Places, at the foot">
      {PLACES.map((p) => (
        <a key={p.name} href={p.href} aria-current={p.places.includes(place.value) ? "page" : undefined}>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d={p.icon} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
          </svg>
          {p.short}
          {p.name === "Alerts" && <Count />}
        </a>
      ))}
    </nav>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class={`sheet${link.value === "lost" ? " lost" : ""}`}>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        Skip to content
      </a>
      <Bar />
      <main id="main" tabIndex={-1}>
        <Over />
        {children}
      </main>
      <Foot />
      <Tabs />
      <Drawer />
      <Told />
    </div>
  );
}

