// Who drains whom: each position's part of the requirement and of the worst day of its pool.

import type { ContagionDocument, Finding, PoolContagion, Split } from "../../documents";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import type { AccountRow, PoolRow } from "../../wire";
import { position } from "../../words";

const METHODS: Record<Split["method"], string> = {
  whole: "all of it is the one position’s",
  euler: "Euler parts, what each adds at the margin",
  shapley: "Shapley parts, what each adds on average over every order of opening",
  shapley_sampled: "Shapley parts over drawn orders, with their error",
};

export function Contagion({ row, pool }: { row: AccountRow; pool: PoolRow }) {
  const { value, error, at } = useAsked(
    `contagion ${row.name}`,
    (signal) => ask<ContagionDocument>(accountPath(row.name, "contagion"), {}, signal),
    15_000,
  );
  const found = value?.pools.find((p) => p.pool === pool.id) ?? null;
  return (
    <section class="panel contagion" aria-label="Who drains whom">
      <div class="head">
        <h2>Who drains whom</h2>
        <span class="faint cap end">{[at !== null && `as of ${fmt.seconds(at)}`, found?.day_title && `worst day: ${found.day_title}`].filter(Boolean).join("; ")}</span>
      </div>
      {found && error && <p class="watch st-ink cap">{error} The figures are those of the last answer.</p>}
      {value && <Findings of={value.findings} />}
      {found ? <Told found={found} /> : <p class="dim">{error ?? (value ? "Its parts are not told: it could not be judged, or nothing is open." : "Asking for the parts of each position.")}</p>}
    </section>
  );
}

function Told({ found }: { found: PoolContagion }) {
  return (
    <>
      <p class="cap">{together(found)}</p>
      {comfort(found).map((text) => (
        <p key={text} class="cap">
          {text}
        </p>
      ))}
      <div class="scroll" tabIndex={0} role="region" aria-label="Parts by position">
        <table class="blocks">
          <caption class="unseen">Parts of the requirement and of the worst day by position</caption>
          <thead>
            <tr>
              {["Position", ...PARTS].map((name, i) => (
                <th key={name} scope="col" class={i ? "num" : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.positions.map((p) => (
              <tr key={p.position}>
                <td class="nowrap">{position(p.position)}</td>
                {partsOf(p, found.asset).map((text, i) => (
                  <td key={PARTS[i]} class="num" data-l={PARTS[i]}>
                    {text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="faint cap">{methods(found)}</p>
      <Findings of={found.findings} />
    </>
  );
}

const PARTS = ["Requirement", "That day", "Closing frees", "To the line"];
const partsOf = (p: PoolContagion["positions"][number], asset: string): string[] => [
  part(p.requirement),
  part(p.loss),
  p.freed_by_closing === null ? fmt.UNKNOWN : fmt.money(p.freed_by_closing, asset),
  ownMove(p),
];

/** Why something in it is not wholly known. */
const Findings = ({ of }: { of: readonly Finding[] }) => (
  <>
    {of.map((f) => (
      <p key={f.where + f.message} class={`cap anywhere ${f.severity === "error" ? "unknown st-ink" : "faint"}`}>
        {fmt.ended(fmt.readable(f.message))}
      </p>
    ))}
  </>
);

/** None where no move leads to the line, unknown where it cannot be told: never the one for the other. */
export const ownMove = (of: PoolContagion["positions"][number]): string =>
  of.own_move !== null ? fmt.near(of.own_move) : of.own_move_is === "none" ? fmt.DASH : fmt.UNKNOWN;

const part = (of: { share: string | null; error: string | null } | null): string =>
  of === null ? fmt.UNKNOWN : of.share === null ? fmt.DASH : fmt.share(of.share);

/** Nobody falls alone: which positions one of them takes along. */
export function together(found: PoolContagion): string {
  const others = found.positions.length - 1;
  if (others === 0) return "It stands alone in its pool: nothing else falls with it.";
  const nearest = found.positions
    .filter((p) => p.own_move !== null)
    .sort((a, b) => Math.abs(place(a.own_move) ?? 9) - Math.abs(place(b.own_move) ?? 9))[0];
  const pool = `One pool: where it falls, all ${others + 1} fall`;
  if (!nearest) return `${pool}.`;
  return `${pool}. ${position(nearest.position)} alone needs ${fmt.near(nearest.own_move)} to take ${nearest.takes_with_it.map(position).join(", ")} with it.`;
}

const PROPS = [
  ["unrealized_profit", "unrealized profit"],
  ["bonus", "bonus"],
] as const;

/** What the ratio alone would hide: comfort that is borrowed, an alarm that a hedge belies. */
export function comfort(found: PoolContagion): string[] {
  const c = found.comfort;
  if (!c) return [];
  const told: string[] = [];
  const money = (text: string | undefined): string => fmt.money(text, found.asset);
  const borrowed = PROPS.filter(([name]) => c.borrowed[name]).map(([name, word]) => `${money(c.borrowed[name])} ${found.asset} of ${word}`);
  const rest = c.buffer_own.startsWith("-") ? `the line is passed by ${money(c.buffer_own.slice(1))}` : `${money(c.buffer_own)} of the buffer is left`;
  if (c.false_comfort) told.push(`False comfort: it stands on ${borrowed.join(" and ")}; without it ${rest}.`);
  if (c.false_alarm && c.moved_by_10_percent !== null) {
    const taken = (place(c.moved_by_10_percent) ?? 0) > 0 ? `at most ${money(c.moved_by_10_percent)} ${found.asset}` : "nothing";
    told.push(`Hedged: a move of all prices by 10${fmt.THIN}% either way takes ${taken} of the buffer.`);
  }
  return told;
}

function methods(found: PoolContagion): string {
  const told = [
    found.requirement && `Of the requirement: ${METHODS[found.requirement.method]}`,
    found.loss && `of the day: ${METHODS[found.loss.method]}`,
  ].filter(Boolean);
  return told.length ? `${told.join("; ")}. A hedge may have a part below zero.` : "";
}
