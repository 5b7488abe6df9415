// The sentence: how many need you, and which.

import type { ComponentChildren } from "preact";
import { ranked } from "../../live/order";
import { to } from "../../live/router";
import { inNeed, rows } from "../../live/store";
import { away, enough, near } from "../../numbers/format";
import type { AccountRow } from "../../wire";
import { count } from "../../words";

const TOLD = 4;

export function Lead() {
  const all = rows.value;
  const need = new Map(inNeed.value.map((row) => [row.name, row]));
  const worst = ranked(need.values()).map((name) => need.get(name)).filter((row): row is AccountRow => row !== undefined);
  if (worst.length === 0) return <Quiet all={all} />;
  const told = worst.slice(0, TOLD);
  return (
    <p class="say" aria-live="polite">
      <b>
        {need.size} of {count(all.length, "account")} need{need.size === 1 ? "s" : ""} you.{" "}
      </b>
      {told.map((row) => (
        <span key={row.name}>
          <a class={`name ${row.status} st-ink`} href={to.account(row.name)}>
            {row.name}
          </a>{" "}
          {clause(row)}{" "}
        </span>
      ))}
      {worst.length > TOLD && `${worst.length - TOLD} more below.`}
    </p>
  );
}

function Quiet({ all }: { all: readonly AccountRow[] }) {
  const first = ranked(all)[0];
  const row = all.find((each) => each.name === first);
  const move = row?.nearest?.move;
  return (
    <p class="say" aria-live="polite">
      <b>{all.length === 1 ? "The account is inside. " : `All ${all.length} accounts are inside. `}</b>
      {row && move != null && (
        <>
          Nearest to its line: <a class="name" href={to.account(row.name)}>{row.name}</a>, at {near(move)}.
        </>
      )}
    </p>
  );
}

function clause(row: AccountRow): ComponentChildren {
  const pool = row.pools?.find((p) => p.id === row.worst);
  if (row.status === "unknown") {
    const why = row.reasons.find((r) => r.severity === "error") ?? row.reasons[0];
    return why ? `cannot be judged: ${ended(why.message)}` : "cannot be judged.";
  }
  if (row.status === "liquidation") return "is past its line: the venue acts.";
  if (row.status === "margin_call") {
    const called = pool?.measures["call_amount"];
    return called ? `is past its margin call: ${enough(called, row.asset)} ${row.asset} are called.` : "is past its margin call.";
  }
  const move = row.nearest;
  if (!move) return "is strained.";
  const way = move.move.startsWith("-") ? "fall" : "rise";
  const of = move.way === "alone" && move.instrument ? ` of ${move.instrument}` : "";
  return `ends with a ${way}${of} of ${away(move.move)}.`;
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : text + ".");
