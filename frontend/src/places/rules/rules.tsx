// Rules: what is in force, in each venue's words, how surely; what changed, and for whom.

import { useMemo, useState } from "preact/hooks";
import type { MatrixBook, MatrixCell } from "../../documents";
import { ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { query } from "../../live/router";
import { rows } from "../../live/store";
import { csv, save } from "../../parts/deeds";
import { openDrawer } from "../../parts/drawer";
import type { Rules as RulesAnswer } from "../../wire";
import { spoken, venue } from "../../words";
import { Book } from "./book";
import { Changes } from "./changes";
import { Study } from "./study";

const SIGN: Record<string, [string, string]> = {
  yes: ["●", "computed"],
  approximate: ["≈", "approximate"],
  unsupported: ["✕", "not supported"],
  absent: ["·", "the venue has no such figure"],
  "not applicable": ["–", "does not apply"],
};
const sign = (state: string): [string, string] => SIGN[state] ?? ["?", state];

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
        <div class="grid">
          <Changes books={books} />
          <Book code={code} books={books} mine={mine} day={day} />
        </div>
        {shown.length > 0 && <Matrix books={shown} />}
      </div>
      <Study />
    </>
  );
}

const cell = (book: MatrixBook, measure: string): MatrixCell | undefined => book.support.find((c) => c.measure === measure && c.scope === "pool");

/** Those that judge an account of yours come first. */
function Words({ books, mine }: { books: MatrixBook[]; mine: Set<string> }) {
  const [all, showAll] = useState(false);
  const ordered = [...books].sort((a, b) => Number(mine.has(b.code)) - Number(mine.has(a.code)));
  const shown = all ? ordered : ordered.slice(0, 6);
  return (
    <section class="panel words">
      <div class="head">
        <h2>Five balances, in each venue’s words</h2>
        <span class="faint cap end">A word in type is the venue’s; “ours” means that it has none.</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Five balances in each venue’s words">
        <table class="blocks">
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

const ASIDE = new Set(["gross_notional", "net_notional", "equity", "credit_share", "unrealized_share"]);

function Matrix({ books }: { books: MatrixBook[] }) {
  const measures = useMemo(() => {
    const names: string[] = [];
    for (const book of books) for (const c of book.support) if (c.scope === "pool" && !ASIDE.has(c.measure) && !names.includes(c.measure)) names.push(c.measure);
    return names;
  }, [books.map((b) => b.code).join()]);
  // one stop for who tabs through the page; within it the arrows go
  const [{ x: column, y: line }, stand] = useState({ x: 0, y: 0 });
  const at = { x: Math.min(column, books.length - 1), y: Math.min(line, measures.length - 1) };
  const move = (event: KeyboardEvent & { currentTarget: HTMLTableElement }): void => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (by === undefined || !(event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const row = event.currentTarget.tBodies[0]?.rows[at.y + by[1]!];
    row?.querySelectorAll("button")[at.x + by[0]!]?.focus();
  };
  const keep = (): void =>
    save("marginline-rules.csv", "text/csv", csv([["rulebook", "measure", "scope", "state", "evidence", "rule", "label", "why"], ...books.flatMap((b) => b.support.map((c) => [b.code, c.measure, c.scope, c.state, c.evidence, c.rule, c.label, c.why]))]));
  return (
    <section class="panel mx">
      <div class="head">
        <h2>What is computed, and how surely</h2>
        <span class="legend end">
          {Object.values(SIGN).map(([glyph, word]) => (
            <span key={word}>
              {glyph} {word}
            </span>
          ))}
        </span>
      </div>
      <p class="unseen" id="mx-keys">
        Arrow keys go from figure to figure.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Support matrix" aria-describedby="mx-keys">
        <table onKeyDown={move}>
          <caption class="unseen">Support matrix</caption>
          <thead>
            <tr>
              <td />
              {books.map((book) => (
                <th key={book.code} scope="col" class="code">
                  <span>{book.code}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {measures.map((measure, y) => (
              <tr key={measure}>
                <th scope="row" class="m">
                  {spoken(measure)}
                </th>
                {books.map((book, x) => {
                  const found = cell(book, measure);
                  const state = found?.state ?? "absent";
                  const [glyph, word] = sign(state);
                  return (
                    <td key={book.code}>
                      <button
                        type="button"
                        tabIndex={x === at.x && y === at.y ? 0 : -1}
                        onFocus={() => stand({ x, y })}
                        class={state === "not applicable" || state === "absent" ? "na" : state}
                        aria-label={`${spoken(measure)}, ${book.code}: ${word}`}
                        onClick={() => openDrawer({ title: `${spoken(measure)}, ${book.title}`, body: <CellDetail book={book} cell={found} /> })}
                      >
                        {glyph}
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <button class="btn plain cap acts" type="button" onClick={keep}>
        Save as CSV
      </button>
    </section>
  );
}

function CellDetail({ book, cell: found }: { book: MatrixBook; cell: MatrixCell | undefined }) {
  const [glyph, word] = sign(found?.state ?? "absent");
  const lines: [string, string][] = [
    ["Rule", found?.rule || "–"],
    ["Evidence", found?.evidence || "–"],
    ["Rulebook", book.code],
    ["In force", `from ${book.effective_from}${book.effective_until ? ` until ${book.effective_until}` : ""}`],
  ];
  return (
    <>
      <div>
        <div class="big">
          {glyph} {word}
        </div>
        <p class="dim">{found?.why || (found?.label ? `The venue calls it “${found.label}”.` : "By our own definition: the venue has no word for it.")}</p>
      </div>
      <table>
        <caption class="unseen">About this figure</caption>
        <tbody>
          {lines.map(([name, text]) => (
            <tr key={name} class="quiet">
              <td class="faint">{name}</td>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

