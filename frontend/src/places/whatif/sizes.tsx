// How large an order may be: by the venue's margin, by a band, by the chance of touching the line, by Kelly.

import type { SizeDocument } from "../../documents";
import { accountPath, ask } from "../../live/ask";
import { useAsked, type Answer } from "../../live/asked";
import { now } from "../../live/store";
import { compare } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import type { AccountRow, PositionRow } from "../../wire";
import { position } from "../../words";
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

type Sides = Answer<SizeDocument[]>;

export function Sizes({ row, typed, positions, change }: Props) {
  const key = typed["order"] ?? positions[0]?.key ?? "";
  const { instrument, side } = split(key);
  const price = number(typed["price"] ?? "");
  const [touch, edge] = [asShare(typed["touch"] ?? "1"), asShare(typed["edge"] ?? "")];
  const wrong = (field: string, share: string | null): string | undefined =>
    (typed[field] ?? "").trim() && share === null ? `“${typed[field]!.trim()}” is not a share. Write per cent above 0 and below 100, such as 1.` : undefined;
  const given = { instrument, position_side: side, price: price && text(price) };
  const most = useSizes(row.name, { ...given, touch, edge, within_s: DAY_S });
  const band = useSizes(row.name, { ...given, keep_ratio: row.bands.target });
  const kept = `${fmt.inPercent(row.bands.target)}${fmt.THIN}%`;
  const lines: [string, Sides, (of: SizeDocument) => string | null | undefined][] = [
    ["The venue’s margin allows", most, (of) => of.size],
    [`Uses at most ${kept} after it`, band, (of) => of.size],
  ];
  if (touch) lines.push([`Touches the line in 24 h by at most ${shown(touch)}`, most, (of) => of.by_chance?.size]);
  if (edge) lines.push([`Half of Kelly’s, with ${shown(edge)} a day expected`, most, (of) => of.kelly?.size]);
  const found = [...(most.value ?? []), ...(band.value ?? [])];
  const notes = new Set([...found.flatMap(reasons), most.error, band.error].filter((note) => note !== null));
  const past = most.value?.[0]?.past;
  if (past) notes.add(`By ${past.method} from ${Number(past.days)} days of ${past.source}, to ${fmt.when(past.ends_at, now.peek())}.`);
  return (
    <section class="panel" aria-label="How large an order may be">
      <div class="head">
        <h2 class="anywhere">How large an order may be, {position(key)}</h2>
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
          {lines.map(([rule, sides, read]) => (
            <tr key={rule}>
              <td class="anywhere">{rule}</td>
              {SIDES.map((side, i) => {
                const size = sides.value?.[i] && read(sides.value[i]);
                return (
                  <td key={side} class={`num${sides.asking ? " asking" : ""}`} data-exact={size ?? undefined}>
                    {sides.asking && size == null ? "…" : fmt.size(size)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {[...notes].map((note) => (
        <p key={note} class="faint cap">
          {fmt.ended(fmt.readable(note))}
        </p>
      ))}
    </section>
  );
}

/** The answers for a buy and for a sale; those to the question before stay until they are there. */
const useSizes = (name: string, query: Record<string, string | null>): Answer<SizeDocument[]> =>
  useAsked(
    JSON.stringify([name, query]),
    (signal) => Promise.all(SIDES.map((side) => ask<SizeDocument>(accountPath(name, "size"), { ...query, side }, signal))),
    EVERY_MS,
    JSON.stringify([name, query["instrument"], query["position_side"], "keep_ratio" in query]),
  );

/** Why a size is none or not known, and what keeps the account from being wholly known. */
const reasons = (of: SizeDocument): string[] => [
  ...(of.size === null || Number(of.size) === 0 ? [of.limit] : []),
  ...[...of.findings, ...(of.by_chance?.findings ?? [])].filter((each) => each.severity === "error").map((each) => each.message),
];

const shown = (share: string | null): string => (share ? `${fmt.inPercent(share)}${fmt.THIN}%` : "");

/** Per cent as typed, as a fraction between 0 and 1; null where it is none. */
function asShare(typed: string): string | null {
  const value = percent(typed);
  const one = { digits: 1n, scale: 0 };
  return value !== null && value.digits > 0n && compare(value, one) < 0 ? text(value) : null;
}
