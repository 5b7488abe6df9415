// Why it moved: bars that walk from the balance then to the balance now, and causes over time.

import { useState } from "preact/hooks";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { now } from "../../live/store";
import { compare, decimal, place, subtract, zero } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { copy, Deed } from "../../parts/deeds";
import { Sentence, sentenceText } from "../../parts/sentence";
import { Waterfall } from "../../pictures/waterfall";
import { Cumulated } from "../../pictures/cumulated";
import type { AccountRow, CausePart, Causes as Told, PoolRow } from "../../wire";
import { Groups, keep, recall } from "./groups";
import { SPANS as RECENT } from "./picture";

const SPANS: [string, number | "start"][] = [...RECENT, ["all", "start"]];

export function Causes({ row, pool }: { row: AccountRow; pool: PoolRow | null }) {
  const [span, setSpan] = useState<number | "start">(3600);
  const [declared, declare] = useState<{ of: string; groups: string[] }>({ of: "", groups: [] });
  const groups = declared.of === row.name ? declared.groups : recall(row.name);
  const set = (next: string[]): void => {
    keep(row.name, next);
    declare({ of: row.name, groups: next });
  };
  const { value: told, error } = useAsked(
    `${row.name} ${pool?.id} ${span} ${groups.join(" ")}`,
    (signal) => ask<Told>(accountPath(row.name, "causes"), { span, pool: pool?.id, hedge: groups }, signal),
    15_000,
  );
  return (
    <section class="panel causes" aria-label="Why it moved">
      <div class="head">
        <h2>{title(told)}</h2>
        <div class="seg end" role="group" aria-label="Span of the causes">
          {SPANS.map(([name, seconds]) => (
            <button key={name} type="button" aria-pressed={span === seconds} onClick={() => setSpan(seconds)}>
              {name}
            </button>
          ))}
        </div>
      </div>
      {told?.before && told.after && told.parts.length > 0 ? (
        <Parts told={told} />
      ) : (
        <p class="dim">{error ?? told?.reasons[0]?.message ?? "Asking what was recorded."}</p>
      )}
      <Groups groups={groups} set={set} positions={pool?.positions ?? []} />
    </section>
  );
}

/** "Why it fell by 1,600.00 USDT in 24 h". */
export function title(told: Told | null): string {
  const [before, after] = [decimal(told?.before?.margin_balance), decimal(told?.after?.margin_balance)];
  if (!told || !before || !after) return "Why it moved";
  const way = compare(after, before);
  const since = told.start && told.end ? ` in ${lasted(told.start, told.end)}` : "";
  if (way === 0) return `It stands where it was${since && ` ${since.trim().replace("in", "for")}`}`;
  const by = text(way > 0 ? subtract(after, before) : subtract(before, after));
  return `Why it ${way > 0 ? "rose" : "fell"} by ${fmt.money(by, told.asset)} ${told.asset ?? ""}${since}`;
}

const lasted = (start: string, end: string): string =>
  fmt.span(String(((fmt.moment(end) ?? 0) - (fmt.moment(start) ?? 0)) / 3_600_000));

const text = (of: { digits: bigint; scale: number }): string => {
  const sign = of.digits < 0n ? "-" : "";
  const digits = String(of.digits < 0n ? -of.digits : of.digits).padStart(of.scale + 1, "0");
  return sign + (of.scale > 0 ? `${digits.slice(0, -of.scale)}.${digits.slice(-of.scale)}` : digits);
};

/** What moved the margin balance, largest first; what is unexplained always, also as 0.00. */
export const moving = (parts: readonly CausePart[]): CausePart[] =>
  parts.filter((p) => p.cause === "unexplained" || compare(decimal(p.margin_balance) ?? zero, zero) !== 0);

const THREE = ["Balance", "Requirement", "Buffer"];

function Parts({ told }: { told: Told }) {
  const parts = moving(told.parts);
  const requirement = told.sentences["requirement"] ?? [];
  const unexplained = told.unexplained !== null && compare(decimal(told.unexplained) ?? zero, zero) !== 0;
  const copied = (): Promise<void> =>
    copy([told.sentences["margin_balance"] ?? [], requirement].map(sentenceText).join("\n"));
  return (
    <>
      <Waterfall told={told} parts={parts} />
      {unexplained && <p class="watch st-ink">{fmt.signed(told.unexplained, told.asset)} not explained by fills, funding, fees or prices.</p>}
      <p class="cap requirement">
        <span class="first-up">
          <Sentence parts={requirement} />.
        </span>{" "}
        The buffer bears both.
      </p>
      {told.over_time.length > 2 && <Cumulated told={told} />}
      {told.gaps.map((gap) => (
        <p key={gap.start} class="watch st-ink cap">
          Not recorded from {fmt.when(gap.start, now.peek())} to {fmt.when(gap.end, now.peek())} UTC ({gap.reason}): what no
          row of the ledger tells of that time is in “unexplained”.
        </p>
      ))}
      {told.notes.map((note) => (
        <p key={note} class="faint cap anywhere">
          {fmt.ended(fmt.readable(note))}
        </p>
      ))}
      <div class="row acts">
        <Deed class="plain cap" done="Copied" deed={copied}>
          Copy in words
        </Deed>
        <span class="faint cap end">{told.start && told.end && `${fmt.when(told.start, now.peek())} to ${fmt.when(told.end, now.peek())} UTC, from the record.`}</span>
      </div>
      <details class="data">
        <summary>Every cause of balance, requirement and buffer</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label="Causes of three figures">
          <table class="blocks">
            <caption class="unseen">Causes of margin balance, requirement and buffer in {told.asset}</caption>
            <thead>
              <tr>
                {["Cause", ...THREE].map((name, i) => (
                  <th key={name} scope="col" class={i ? "num" : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {told.parts.map((p) => (
                <tr key={p.cause + p.where}>
                  <td class="anywhere">{p.title}</td>
                  {[p.margin_balance, p.requirement, p.buffer].map((value, i) => (
                    <td key={i} class="num" data-l={THREE[i]}>
                      {place(value) === 0 ? fmt.money("0", told.asset) : fmt.signed(value, told.asset)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
