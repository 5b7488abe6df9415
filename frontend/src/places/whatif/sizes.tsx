// How large an order may be: by the venue's margin, by a band, by the chance of touching the line, by Kelly.

import type { ChanceSize, KellySize, SizeDocument } from "../../documents";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { compare } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import type { AccountRow, PositionRow } from "../../wire";
import { Field, type Change } from "./controls";
import { number, percent, split, text, type Typed } from "./question";

const SIDES = ["buy", "sell"] as const;
const DAY_S = "86400";
const EVERY_MS = 20_000;

interface Props {
  row: AccountRow;
  typed: Typed;
  positions: readonly PositionRow[];
  change: Change;
}

/** One rule's answers, a side each, and why one is not there. */
interface Line {
  rule: string;
  sizes: (string | null)[];
  notes: string[];
}

export function Sizes({ row, typed, positions, change }: Props) {
  const instrument = split(typed["order"] ?? positions[0]?.key ?? "").instrument;
  const price = number(typed["price"] ?? "");
  const [touch, edge] = [asShare(typed["touch"] ?? "1"), asShare(typed["edge"] ?? "")];
  const wrong = (field: string, share: string | null): string | undefined =>
    (typed[field] ?? "").trim() && share === null ? `“${typed[field]!.trim()}” is not a share. Write per cent above 0 and below 100, such as 1.` : undefined;
  const given = { instrument, ...(price ? { price: text(price) } : {}) };
  const band = fmt.inPercent(row.bands.target);
  const lines = [
    useSizes(row.name, given, "The venue’s margin allows", (found) => [found.size, because(found)]),
    useSizes(row.name, { ...given, keep_ratio: row.bands.target }, `Uses at most ${band}${fmt.THIN}% after it`, (found) => [found.size, because(found)]),
    useSizes(row.name, touch && { ...given, touch, within_s: DAY_S }, `Touches the line in 24 h by at most ${shown(touch)}`, ({ by_chance: by }) => [
      by?.size ?? null,
      by?.findings[0]?.message ?? null,
    ]),
    useSizes(row.name, edge && { ...given, edge, within_s: DAY_S }, `Half of Kelly’s, with ${shown(edge)} a day expected`, ({ kelly, findings }) => [
      kelly?.size ?? null,
      kelly ? null : (findings.find((f) => f.where === "kelly")?.message ?? null),
    ]),
  ].filter((line): line is Line => line !== null);
  const notes = [...new Set(lines.flatMap((line) => line.notes))];
  return (
    <section class="panel" aria-label="How large an order may be">
      <div class="head">
        <h2 class="anywhere">How large an order may be, {instrument}</h2>
      </div>
      <div class="pair">
        <Field label="Chance of the line in 24 h" field="touch" typed={typed} unit="%" hint="1" why={wrong("touch", touch)} change={change} />
        <Field label="Expected a day, for Kelly" field="edge" typed={typed} unit="%" hint="none" why={wrong("edge", edge)} change={change} />
      </div>
      <table class="modes">
        <caption class="unseen">The largest order by each rule</caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col" class="num">
              Buy
            </th>
            <th scope="col" class="num">
              Sell
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ rule, sizes }) => (
            <tr key={rule}>
              <td class="anywhere">{rule}</td>
              {sizes.map((size, i) => (
                <td key={SIDES[i]} class="num" data-exact={size ?? undefined}>
                  {fmt.size(size)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {notes.map((note) => (
        <p key={note} class="faint cap">
          {note}
        </p>
      ))}
    </section>
  );
}

type Query = Record<string, string>;
type Answer = SizeDocument & { by_chance?: ChanceSize; kelly?: KellySize | null };

/** The largest order of both sides by one rule; null where the rule is not asked for. */
function useSizes(name: string, query: Query | null | "", rule: string, read: (found: Answer) => [string | null, string | null]): Line | null {
  const { value, error } = useAsked(
    JSON.stringify([name, query]),
    async (signal) => (query ? Promise.all(SIDES.map((side) => ask<Answer>(accountPath(name, "size"), { ...query, side }, signal))) : null),
    EVERY_MS,
  );
  if (!query) return null;
  const found = value?.map(read) ?? SIDES.map(() => [null, null] as const);
  return { rule, sizes: found.map(([size]) => size), notes: [...found.map(([, note]) => note), error].filter((note) => note !== null) };
}

const because = ({ size, limit }: Answer): string | null => (size === null || Number(size) === 0 ? limit : null);
const shown = (share: string | null): string => (share ? `${fmt.inPercent(share)}${fmt.THIN}%` : "");

/** Per cent as typed, as a fraction between 0 and 1; null where it is none. */
function asShare(typed: string): string | null {
  const value = percent(typed);
  const one = { digits: 1n, scale: 0 };
  return value !== null && value.digits > 0n && compare(value, one) < 0 ? text(value) : null;
}
