// Overview: is anything wrong, which account, what to do. Nearest to the line first.

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { place as placed } from "../../numbers/decimal";
import { venue } from "../../words";
import { noOrder, RANK, settle, type Order } from "../../live/order";
import { link, loaded, names, rows } from "../../live/store";
import { isWide, useTexts } from "../../live/view";
import type { AccountRow, StatusName } from "../../wire";
import { near } from "../../numbers/format";
import { FirstRun, Loading } from "../connections/states";
import { AccountCard, AccountRows, TableHead } from "./rows";
import { ByVenue, Latest, Totals } from "./below";
import { Lead } from "./lead";

const FOLD_OVER = 30;
const STEP = 100;

export function Overview() {
  if (!loaded.value) return <Loading />;
  if (names.value.length === 0) return <FirstRun />;
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <div class="lead">
        <Lead />
        <Totals />
      </div>
      <List />
      <div class="grid below">
        <Latest />
        <ByVenue />
      </div>
    </>
  );
}

function List() {
  const host = useRef<HTMLDivElement>(null);
  const held = useSignal(false);
  const status = useSignal<StatusName | "all">("all");
  const which = useSignal("all");
  const typed = useSignal("");
  const unfolded = useSignal(false);
  const limit = useSignal(STEP * 2);
  // in order from the first drawing on: an effect comes later, on a busy machine much later
  const order = useRef<Order | null>(null);
  order.current ??= settle(noOrder, rows.peek(), performance.now(), false);
  const ordered = useSignal(order.current.names);
  const waiting = useSignal(false);
  const take = (next: Order): void => {
    order.current = next;
    ordered.value = next.names;
    waiting.value = next.waiting;
  };

  // rows stand still while the pointer or the focus is among them
  const settled = (now: readonly AccountRow[]): void => take(settle(order.current ?? noOrder, now, performance.now(), held.value));
  useSignalEffect(() => settled(rows.value));
  useEffect(() => {
    const timer = setInterval(() => settled(rows.peek()), 1000);
    return () => clearInterval(timer);
  }, []);
  const look = (event: Event): void => {
    const box = host.current;
    if (!box) return;
    const inside = event.target instanceof Node && box.contains(event.target);
    held.value = inside && event.type !== "pointerleave" ? true : box.contains(document.activeElement) && document.activeElement?.matches(":focus-visible") === true;
  };
  const letGo = (): void => take(settle({ ...(order.current ?? noOrder), settled: -Infinity }, rows.peek(), performance.now(), false));

  const venues = useTexts(() => [...new Set(rows.value.map((row) => row.venue))].sort());
  const many = useComputed(() => rows.value.length > FOLD_OVER).value;
  const chosen = useComputed(() => {
    const known = new Map(rows.value.map((row) => [row.name, row]));
    const words = typed.value.trim().toLowerCase();
    return ordered.value
      .map((name) => known.get(name))
      .filter((row): row is AccountRow => row !== undefined)
      .filter(
        (row) =>
          (status.value === "all" || row.status === status.value) &&
          (which.value === "all" || row.venue === which.value) &&
          row.name.toLowerCase().includes(words),
      );
  });
  const folding = useComputed(() => rows.value.length > FOLD_OVER && !unfolded.value && status.value === "all");
  const folded = useComputed(() => (folding.value ? chosen.value.filter((row) => row.status === "healthy") : []));
  const open = useTexts(() => chosen.value.filter((row) => !folding.value || row.status !== "healthy").map((row) => row.name));
  const [healthy, none] = useTexts(() => [
    folded.value.length ? `${folded.value.length} healthy${nearestOf(folded.value)}` : null,
    chosen.value.length ? null : "No account is like that.",
  ]);
  const shown = useMemo(() => open.slice(0, limit.value), [open, limit.value]);

  return (
    <div ref={host} onPointerEnter={look} onPointerLeave={look} onFocusIn={look} onFocusOut={look}>
      {many && (
        <div class="row filters" role="search">
          <label class="field">
            <span class="unseen">Name</span>
            <input type="search" placeholder="name" value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />
          </label>
          <label class="field">
            <span class="unseen">Status</span>
            <select value={status.value} onChange={(e) => (status.value = e.currentTarget.value as StatusName | "all")}>
              <option value="all">every status</option>
              {(Object.keys(RANK) as StatusName[]).map((s) => (
                <option key={s} value={s}>
                  {s.replace("_", " ")}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span class="unseen">Venue</span>
            <select value={which.value} onChange={(e) => (which.value = e.currentTarget.value)}>
              <option value="all">every venue</option>
              {venues.map((v) => (
                <option key={v} value={v}>
                  {venue(v)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <div class="chip-line" aria-live="polite">
        {waiting.value && held.value && link.value === "live" && (
          <button class="chip" type="button" onClick={letGo}>
            Order changed, show it
          </button>
        )}
      </div>
      <Accounts names={shown} />
      <div class="row after">
        {open.length > shown.length && (
          <button class="btn" type="button" onClick={() => (limit.value += STEP)}>
            Show {Math.min(STEP, open.length - shown.length)} more of {open.length - shown.length}
          </button>
        )}
        {healthy !== null && (
          <button class="btn" type="button" onClick={() => (unfolded.value = true)}>
            {healthy}
          </button>
        )}
        {none !== null && <p class="dim">{none}</p>}
      </div>
    </div>
  );
}

/** The accounts in their order; drawn anew only when another comes or the order is another. */
function Accounts({ names: shown }: { names: readonly string[] }) {
  return isWide.value ? (
    <section class="panel accounts" aria-label="Accounts, nearest to the line first">
      <table>
        <caption class="unseen">Accounts, nearest to the line first</caption>
        <TableHead />
        {shown.map((name) => (
          <AccountRows key={name} name={name} />
        ))}
      </table>
    </section>
  ) : (
    <ul class="cards" aria-label="Accounts, nearest to the line first">
      {shown.map((name) => (
        <AccountCard key={name} name={name} />
      ))}
    </ul>
  );
}

function nearestOf(list: readonly AccountRow[]): string {
  const moves = list.map((row) => row.nearest?.move).filter((m): m is string => m != null);
  const first = moves.sort((a, b) => Math.abs(placed(a) ?? 9) - Math.abs(placed(b) ?? 9))[0];
  return first === undefined ? "" : `, nearest ${near(first)}`;
}
