// One rulebook: code, formula, the venue's word, evidence, gaps and source of every rule.

import { useEffect, useRef, useState } from "preact/hooks";
import type { MatrixBook, Rule, RulebookDocument } from "../../documents";
import { ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { told } from "../../numbers/format";
import { spoken } from "../../words";

interface Props {
  code: string | null; // of a rulebook or of a rule
  books: MatrixBook[];
  mine: Set<string>;
  day: string;
}

const FIRST = 6;
const said = (of: Rule["caveat"]): string => (of === null ? "" : typeof of === "string" ? of : of.message);

export function Book({ code, books, mine, day }: Props) {
  const holds = (book: MatrixBook): boolean => book.code === code || book.support.some((c) => c.rule === code);
  const asked = code === null ? undefined : (books.find((b) => holds(b) && mine.has(b.code)) ?? books.find(holds));
  const book = asked ?? books.find((b) => mine.has(b.code)) ?? books[0];
  const on = day || (book?.effective_until ? book.effective_from : null);
  const { value, error } = useAsked(
    `book ${book?.venue} ${book?.mode} ${on}`,
    (signal) => (book ? ask<RulebookDocument[]>(`rules/${book.venue}`, { mode: book.mode, day: on }, signal) : Promise.reject(new Error(""))),
  );
  const found = value?.find((b) => b.code === book?.code) ?? value?.[0];
  const [all, showAll] = useState(false);
  const rule = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (code !== null && found) rule.current?.scrollIntoView({ block: "center" });
  }, [code, found?.code]);
  if (!book) return null;
  const rules = found?.rules ?? [];
  const own = rules.filter((r) => r.code === code || said(r.caveat) || said(r.gap));
  const first = [...own, ...rules.filter((r) => !own.includes(r))].sort((a, b) => Number(b.code === code) - Number(a.code === code));
  const shown = all ? rules : first.slice(0, FIRST);
  return (
    <section class="panel book" aria-label={book.title}>
      <div class="head">
        <h2>{book.title}</h2>
        {found && <span class="faint cap">digest {found.digest.slice(0, 12)}</span>}
        {rules.length > FIRST && (
          <button class="btn plain cap end" type="button" onClick={() => showAll(!all)}>
            {all ? "Fewer" : `All ${rules.length} rules`}
          </button>
        )}
      </div>
      {code !== null && asked === undefined && <p class="watch st-ink">No rulebook has {code}. This one judges an account of yours.</p>}
      {error && <p class="dim">{error}</p>}
      {(found?.notes ?? []).map((note) => (
        <p key={note} class="dim cap">
          {told(note)}
        </p>
      ))}
      {shown.map((r) => (
        <div key={`${r.scope} ${r.code} ${r.measure}`} class={`rule${r.code === code ? " asked" : ""}`} ref={r.code === code ? rule : null}>
          <div class="row">
            <span class="ev">{r.code}</span>
            <b>{spoken(r.measure)}</b>
            {r.scope !== "pool" && <span class="faint">of a {r.scope}</span>}
            {r.label && <span class="faint anywhere">“{r.label}”</span>}
            <span class="ev">{r.evidence}</span>
          </div>
          <div class="f anywhere">= {r.formula}</div>
          {[r.caveat, r.gap].map(said).filter(Boolean).map((text) => (
            <div key={text} class="cap">
              ≈ {told(text)}
            </div>
          ))}
          {r.citation && (
            <div class="cap faint anywhere">
              {r.citation.title}, {r.citation.url}, {r.citation.read}
            </div>
          )}
        </div>
      ))}
    </section>
  );
}
