// The support matrix: what of each rulebook is computed, and how surely. Where it does not fit, a list a rulebook.

import { useMemo, useState } from "preact/hooks";
import type { MatrixBook, MatrixCell } from "../../documents";
import { isNarrow } from "../../live/view";
import { csv, save } from "../../parts/deeds";
import { openDrawer } from "../../parts/drawer";
import { spoken } from "../../words";

const SIGN: Record<string, [string, string]> = {
  yes: ["●", "computed"],
  approximate: ["≈", "approximate"],
  unsupported: ["✕", "not supported"],
  absent: ["·", "the venue has no such figure"],
  "not applicable": ["–", "does not apply"],
};
export const sign = (state: string): [string, string] => SIGN[state] ?? ["?", state];

export const cell = (book: MatrixBook, measure: string): MatrixCell | undefined => book.support.find((c) => c.measure === measure && c.scope === "pool");

/** Those that judge an account of yours come first. */
export const ofMineFirst = (books: readonly MatrixBook[], mine: ReadonlySet<string>): MatrixBook[] =>
  [...books].sort((a, b) => Number(mine.has(b.code)) - Number(mine.has(a.code)));

const ASIDE = new Set(["gross_notional", "net_notional", "equity", "credit_share", "unrealized_share"]);

export function Matrix({ books, mine }: { books: MatrixBook[]; mine: Set<string> }) {
  const measures = useMemo(() => {
    const names: string[] = [];
    for (const book of books) for (const c of book.support) if (c.scope === "pool" && !ASIDE.has(c.measure) && !names.includes(c.measure)) names.push(c.measure);
    return names;
  }, [books.map((b) => b.code).join()]);
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
      {isNarrow.value ? <ByBook books={ofMineFirst(books, mine)} measures={measures} /> : <Table books={books} measures={measures} />}
      <button class="btn plain cap acts" type="button" onClick={keep}>
        Save as CSV
      </button>
    </section>
  );
}

interface Shown {
  books: MatrixBook[];
  measures: string[];
}

const detail = (book: MatrixBook, measure: string): void =>
  openDrawer({ title: `${spoken(measure)}, ${book.title}`, body: <CellDetail book={book} cell={cell(book, measure)} /> });

function Table({ books, measures }: Shown) {
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
  return (
    <>
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
                  const state = stateOf(book, measure);
                  const [glyph, word] = sign(state);
                  return (
                    <td key={book.code}>
                      <button
                        type="button"
                        tabIndex={x === at.x && y === at.y ? 0 : -1}
                        onFocus={() => stand({ x, y })}
                        class={tone(state)}
                        aria-label={`${spoken(measure)}, ${book.code}: ${word}`}
                        onClick={() => detail(book, measure)}
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
    </>
  );
}

/** Where columns do not fit: a rulebook, and what of it is computed; the first is open. */
function ByBook({ books, measures }: Shown) {
  const [open, set] = useState<ReadonlySet<string>>(new Set(books.slice(0, 1).map((b) => b.code)));
  const turn = (code: string, isOpen: boolean): void => {
    if (open.has(code) === isOpen) return;
    const next = new Set(open);
    if (isOpen) next.add(code);
    else next.delete(code);
    set(next);
  };
  return (
    <div class="by-book">
      {books.map((book) => (
        <details key={book.code} open={open.has(book.code)} onToggle={(e) => turn(book.code, e.currentTarget.open)}>
          <summary>
            <b>{book.title}</b>
            <span class="sub">
              {book.code}: {tally(book, measures)}
            </span>
          </summary>
          {open.has(book.code) && (
            <ul>
              {measures.map((measure) => {
                const state = stateOf(book, measure);
                const [glyph, word] = sign(state);
                return (
                  <li key={measure}>
                    <button type="button" class={tone(state)} onClick={() => detail(book, measure)}>
                      <span class="first-up">{spoken(measure)}</span>
                      <span>
                        {glyph} {word}
                      </span>
                    </button>
                  </li>
                );
              })}
            </ul>
          )}
        </details>
      ))}
    </div>
  );
}

const stateOf = (book: MatrixBook, measure: string): string => cell(book, measure)?.state ?? "absent";
const tone = (state: string): string => (state === "not applicable" || state === "absent" ? "na" : state);

/** "18 computed, 2 approximate": of how many of these figures. */
export function tally(book: MatrixBook, measures: readonly string[]): string {
  const states = measures.map((measure) => stateOf(book, measure));
  const counted = ["yes", "approximate", "unsupported"].map((state): [number, string] => [states.filter((each) => each === state).length, sign(state)[1]]);
  return counted.flatMap(([count, word]) => (count ? [`${count} ${word}`] : [])).join(", ");
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

