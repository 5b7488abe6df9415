// The sentence: how many need you, and which.

import { ranked } from "../../live/order";
import { to } from "../../live/router";
import { firing, inNeed, link, now, rows } from "../../live/store";
import { isWide, useTexts } from "../../live/view";
import { away, enough, ended, near, seconds, set } from "../../numbers/format";
import type { AccountRow, Nearest } from "../../wire";
import { Heard } from "../../parts/deeds";
import { isOwing, isPast } from "../../parts/bars";
import { count, STATUS } from "../../words";

const TOLD = 4;

/** Who is named, in their order: name, status, clause of each. */
const TOLD_OF_EACH = 3;

export function Lead() {
  return (
    <div>
      <Told />
      <Turned />
    </div>
  );
}

/** For who hears the page: who needs them, told anew when that is another, not when a price moved. */
function Turned() {
  const said = useTexts(() => ranked(inNeed.value).slice(0, TOLD).map((name) => {
    const row = inNeed.value.find((each) => each.name === name);
    return `${name}: ${row ? STATUS[row.status] : ""}`;
  }));
  const more = useTexts(() => [String(Math.max(0, inNeed.value.length - TOLD))])[0];
  const also = useTexts(() => [firingElse()])[0];
  return <Heard>{said.length === 0 ? `No account needs you.${also ? ` ${also}.` : ""}` : `${said.join(", ")}${more === "0" ? "" : `, ${more} more`}.`}</Heard>;
}

function Told() {
  const [all, need, ...told] = useTexts(() => {
    const those = new Map(inNeed.value.map((row) => [row.name, row]));
    const worst = ranked(inNeed.value).slice(0, TOLD).map((name) => those.get(name)!);
    const count = [String(rows.value.length), String(those.size)] as [string, string];
    const short = !isWide.value; // its card says why, just below
    return [...count, ...worst.flatMap((row) => [row.name, row.status, set(clause(row, short))])] as [string, string, ...string[]];
  });
  if (need === "0") return <Quiet />;
  const named = alike(Array.from({ length: told.length / TOLD_OF_EACH }, (_, i) => told.slice(i * TOLD_OF_EACH) as Named));
  return (
    <p class="say">
      <b>
        {link.value === "lost" && `At ${seconds(now.value)}: `}
        {need} of {count(Number(all), "account")} need{need === "1" ? "s" : ""} you.{" "}
      </b>
      {named.map(({ names, status, says }) => (
        <span key={names[0]}>
          {names.map((name, i) => (
            <>
              {i > 0 && (i === names.length - 1 ? " and " : ", ")}
              <a key={name} class={`name ${status} st-ink`} href={to.account(name)}>
                {name}
              </a>
            </>
          ))}{" "}
          {says}{" "}
        </span>
      ))}
      {Number(need) > TOLD && `${Number(need) - TOLD} more below. `}
      <Firing />
    </p>
  );
}

type Named = [name: string, status: string, says: string];

/** Whom one cause makes unknown are named together; every other has a clause of his own. */
export function alike(named: readonly Named[]): { names: string[]; status: string; says: string }[] {
  const found: { names: string[]; status: string; says: string }[] = [];
  for (const [name, status, says] of named) {
    const last = found[found.length - 1];
    if (last && status === "unknown" && last.status === status && last.says === says) last.names.push(name);
    else found.push({ names: [name], status, says });
  }
  return found;
}

/** Alerts that fire of accounts which the sentence does not name as in need. */
export function firingElse(): string | null {
  const need = new Set(inNeed.value.map((row) => row.name));
  const n = firing.value.filter((alert) => alert.account === null || !need.has(alert.account)).length;
  return n === 0 ? null : `${need.size > 0 ? count(n, "other alert") : count(n, "alert")} ${n === 1 ? "fires" : "fire"}`;
}

function Firing() {
  const [said] = useTexts(() => [firingElse()]);
  return said ? (
    <>
      <a class="watch st-ink name" href={to.alerts()}>
        {said}
      </a>
      .{" "}
    </>
  ) : null;
}

function Quiet() {
  const [all, name, at] = useTexts(() => {
    const [first] = ranked(rows.value);
    const move = rows.value.find((row) => row.name === first)?.nearest?.move;
    return [String(rows.value.length), first ?? null, move == null ? null : near(move)];
  });
  return (
    <p class="say">
      <b>{link.value === "lost" && `At ${seconds(now.value)}: `}{all === "1" ? "The account is inside. " : `All ${all} accounts are inside. `}</b>
      <Firing />
      {name !== null && at !== null && (
        <>
          Nearest to its line: <a class="name" href={to.account(name)}>{name}</a>, at {at}.
        </>
      )}
    </p>
  );
}

/** What is said of an account in need, after its name. */
export function clause(row: AccountRow, short: boolean): string {
  const pool = row.pools?.find((p) => p.id === row.worst);
  if (row.status === "unknown") {
    const why = row.reasons.find((r) => r.severity === "error") ?? row.reasons[0];
    return why && !short ? `cannot be judged: ${ended(why.message, false)}` : "cannot be judged.";
  }
  if (row.status === "liquidation") return "is past its line: the venue acts.";
  if (row.status === "margin_call") {
    const called = pool?.measures["call_amount"];
    const past = called ? `is past its margin call: ${enough(called, row.asset)} ${row.asset} are called` : "is past its margin call";
    // called, and not yet at the line where the venue acts
    return row.nearest && !isPast(row.status, row.ratio) ? `${past}; it ${ending(row.nearest)}` : `${past}.`;
  }
  if (isOwing(row)) return `owes ${enough(row.buffer!.slice(1), row.asset)} ${row.asset} and has nothing open.`;
  return row.nearest ? ending(row.nearest) : "is strained.";
}

function ending(move: Nearest): string {
  const way = move.move.startsWith("-") ? "fall" : "rise";
  const of = move.way === "alone" && move.instrument ? ` of ${move.instrument}` : "";
  return `ends with a ${way}${of} of ${away(move.move)}.`;
}
