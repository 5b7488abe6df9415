// What changed, and for whom: rulebooks that came and went, and tables of a venue between two days.

import { useState } from "preact/hooks";
import type { MatrixBook } from "../../documents";
import { ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { now, rows } from "../../live/store";
import * as fmt from "../../numbers/format";
import { venue as venueName } from "../../words";

interface Line {
  day: string;
  what: string;
  detail: string;
  whom: string[];
}

const WINDOW_DAYS = 550;

export function Changes({ books }: { books: MatrixBook[] }) {
  const [yours, only] = useState(false);
  const mine = (book: MatrixBook): string[] =>
    rows.value.filter((r) => r.venue === book.venue && (book.mode === null || r.mode === null || r.mode === book.mode)).map((r) => r.name);
  const today = now.value || Date.now();
  const since = fmt.day(today - WINDOW_DAYS * 86_400_000);
  const lines: Line[] = books
    .flatMap((book) => [
      { day: book.effective_from, what: book.title, detail: `${book.code} began.`, whom: mine(book) },
      ...(book.effective_until === null
        ? []
        : [{ day: book.effective_until, what: book.title, detail: `${book.code} ended${book.historical ? ": for study and backtests" : ""}.`, whom: mine(book) }]),
    ])
    .filter((line) => line.day >= since && line.day <= fmt.day(today))
    .sort((a, b) => (a.day < b.day ? 1 : -1));
  const shown = lines.filter((line) => !yours || line.whom.length > 0);
  return (
    <section class="panel ch">
      <div class="head">
        <h2>What changed, and for whom</h2>
        <div class="seg end" role="group" aria-label="Which">
          <button type="button" aria-pressed={yours} onClick={() => only(true)}>
            Yours
          </button>
          <button type="button" aria-pressed={!yours} onClick={() => only(false)}>
            All
          </button>
        </div>
      </div>
      {shown.length === 0 && <p class="dim">No rulebook{yours ? " of yours" : ""} has changed since {since}.</p>}
      {shown.length > 0 && (
        <table>
          <caption class="unseen">Rulebooks that changed</caption>
          <tbody>
            {shown.slice(0, 12).map((line, i) => (
              <tr key={i} class="quiet">
                <td class="nowrap dim">{line.day}</td>
                <td>
                  <b>{line.what}</b>
                  <span class="sub">{line.detail}</span>
                </td>
                <td class={line.whom.length ? "strong anywhere" : "faint"}>{line.whom.join(", ") || "no account of yours"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Tables since={since} />
    </section>
  );
}

interface Difference {
  modes: { mode: string | null; before: string | null; after: string | null; rules: { code: string; change?: string }[] }[];
  parameters: { table: string; key: string; before: { effective_from: string } | null; after: { effective_from: string; source?: string } | null }[];
}

/** Dated tables of a venue between two days. */
function Tables({ since }: { since: string }) {
  const venues = [...new Set(rows.value.map((r) => r.venue))];
  const [venue, choose] = useState(venues[0] ?? "binance_usdm");
  const [from, setFrom] = useState(since);
  const [until, setUntil] = useState(fmt.day(now.value || Date.now()));
  const { value, error } = useAsked(`changes ${venue} ${from} ${until}`, (signal) => ask<Difference>("rules/changes", { venue, from, to: until }, signal));
  const found = value?.parameters ?? [];
  const rules = (value?.modes ?? []).flatMap((m) => m.rules.map((r) => r.code));
  return (
    <>
      <div class="row compare">
        <label class="field">
          <span class="faint">Compare</span>
          <select aria-label="Venue" value={venue} onChange={(e) => choose(e.currentTarget.value)}>
            {(venues.length ? venues : [venue]).map((v) => (
              <option key={v} value={v}>
                {venueName(v)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span class="faint">from</span>
          <input type="date" aria-label="First day" value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
        </label>
        <label class="field">
          <span class="faint">to</span>
          <input type="date" aria-label="Second day" value={until} onInput={(e) => setUntil(e.currentTarget.value)} />
        </label>
      </div>
      {error && <p class="dim">{error}</p>}
      {value && (
        <p class="dim cap">
          {rules.length === 0 && found.length === 0
            ? "Nothing in the packaged rules of this venue differs between these days. Tiers of live accounts come from the venue itself."
            : `${rules.length} rules and ${found.length} packaged tables differ${found.length ? ": " : "."}`}
          {found.slice(0, 8).map((p) => `${p.table.replaceAll("_", " ")} ${p.key}${p.after ? ` since ${p.after.effective_from}` : " ended"}`).join(", ")}
          {found.length > 8 && `, ${found.length - 8} more`}
        </p>
      )}
    </>
  );
}
