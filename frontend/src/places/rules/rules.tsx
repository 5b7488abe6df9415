// Rules: what is in force, in each venue's words, how surely; what changed, and for whom.

import { useState } from "preact/hooks";
import type { MatrixBook } from "../../documents";
import { ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { query } from "../../live/router";
import { rows } from "../../live/store";
import type { Rules as RulesAnswer } from "../../wire";
import { venue } from "../../words";
import { Book } from "./book";
import { Changes } from "./changes";
import { cell, Matrix, ofMineFirst, sign } from "./matrix";
import { Study } from "./study";

const FIVE: [string, string][] = [
  ["Wallet balance", "wallet_balance"],
  ["Margin balance", "margin_balance"],
  ["Margin used", "initial_margin"],
  ["Available", "available_balance"],
  ["Withdrawable", "withdrawable_balance"],
];

type Which = "in force" | "historical" | "all";

export function Rules() {
  const matrix = useAsked("matrix", (signal) => ask<{ rulebooks: MatrixBook[] }>("rules/matrix", {}, signal));
  const known = useAsked("rules", (signal) => ask<RulesAnswer>("rules", {}, signal));
  const code = query.value.get("code");
  const [typed, type] = useState("");
  const [which, choose] = useState<Which>("in force");
  const [day, setDay] = useState("");
  const books = matrix.value?.rulebooks ?? [];
  const mine = new Set(known.value?.in_force ?? rows.value.map((r) => r.rulebook?.code ?? ""));
  const isLive = (b: MatrixBook): boolean => (day ? b.effective_from <= day && (b.effective_until === null || day < b.effective_until) : b.effective_until === null && !b.historical);
  const wanted = typed.trim().toLowerCase();
  const shown = books.filter(
    (b) =>
      (day ? isLive(b) : which === "all" || isLive(b) === (which === "in force")) &&
      (!wanted || [b.code, b.title, b.venue, venue(b.venue), ...b.support.flatMap((c) => [c.rule ?? "", c.label])].some((t) => t.toLowerCase().includes(wanted))),
  );
  const live = books.filter((b) => b.effective_until === null && !b.historical);
  return (
    <>
      <div class="headline">
        <h1>Rules</h1>
        <span class="dim">
          {books.length ? `${books.length} rulebooks, ${live.length} in force, of ${new Set(books.map((b) => b.venue)).size} venues and modes` : (matrix.error ?? "Asking.")}
        </span>
        <div class="row end">
          <label class="field">
            <span class="unseen">Find</span>
            <input class="left" type="search" placeholder="a word, a code, a venue" value={typed} onInput={(e) => type(e.currentTarget.value)} />
          </label>
          <div class="seg" role="group" aria-label="Which rulebooks">
            {(["in force", "historical", "all"] as const).map((w) => (
              <button
                key={w}
                type="button"
                aria-pressed={!day && which === w}
                onClick={() => {
                  setDay("");
                  choose(w);
                }}
              >
                {w.charAt(0).toUpperCase() + w.slice(1)}
              </button>
            ))}
          </div>
          <label class="field">
            <span class="faint">On</span>
            <input type="date" aria-label="Rules of this day" value={day} onInput={(e) => setDay(e.currentTarget.value)} />
          </label>
        </div>
      </div>
      {books.length > 0 && shown.length === 0 && <p class="panel dim">No rulebook has that. Try a venue, a rule code or a word of a venue.</p>}
      {shown.length > 0 && <Words books={shown} mine={mine} />}
      <div class="grid two">
        <Changes books={books} />
        {shown.length > 0 && <Matrix books={shown} mine={mine} />}
      </div>
      <Book code={code} books={books} mine={mine} day={day} />
      <Study />
    </>
  );
}

function Words({ books, mine }: { books: MatrixBook[]; mine: Set<string> }) {
  const [all, showAll] = useState(false);
  const ordered = ofMineFirst(books, mine);
  const shown = all ? ordered : ordered.slice(0, 6);
  return (
    <section class="panel words">
      <div class="head">
        <h2>Five balances, in each venue’s words</h2>
        <span class="faint cap end">A word in type is the venue’s; “ours” means that it has none.</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Five balances in each venue’s words">
        <table class="blocks early">
          <caption class="unseen">Five balances in each venue’s words</caption>
          <thead>
            <tr>
              <th scope="col">Rulebook</th>
              {FIVE.map(([name]) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((book) => (
              <tr key={book.code}>
                <td>
                  <a href={`/rules?code=${encodeURIComponent(book.code)}`}>{book.title}</a>
                  <span class="sub">
                    {book.code}
                    {mine.has(book.code) && ", judges an account of yours"}
                  </span>
                </td>
                {FIVE.map(([name, measure]) => {
                  const found = cell(book, measure);
                  const [glyph, word] = sign(found?.state ?? "absent");
                  return (
                    <td key={measure} data-l={name}>
                      {found?.label ? (
                        <span class="mono">{found.label}</span>
                      ) : (
                        <span class="faint">{found?.state === "yes" || found?.state === "approximate" ? "ours" : word}</span>
                      )}
                      {found?.label && found.state !== "yes" && (
                        <span class="sub">
                          {glyph} {word}
                        </span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {ordered.length > 6 && (
        <button class="btn plain cap" type="button" onClick={() => showAll(!all)}>
          {all ? "Fewer" : `All ${ordered.length}`}
        </button>
      )}
    </section>
  );
}
