// What if: a question in the address, the API's exact answer beside what is.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Change, WhatIf } from "../../documents";
import { accountPath, tell, words } from "../../live/ask";
import { go, query, to } from "../../live/router";
import { account as rowOf, loaded, names, now } from "../../live/store";
import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { copy, Deed } from "../../parts/deeds";
import type { AccountRow, PoolRow } from "../../wire";
import { Loading } from "../connections/states";
import { Compare } from "./compare";
import { Controls } from "./controls";
import { AskedMap } from "./asked-map";
import { command, question, type Typed } from "./question";
import { Verdict, BeforeAfter, Ladders } from "./results";
import { Sizes } from "./sizes";

export function WhatIfPlace() {
  if (!loaded.value) return <Loading />;
  const name = query.value.get("account") ?? names.value[0] ?? null;
  const held = name === null ? null : rowOf(name).value;
  if (!held || name === null) {
    return (
      <>
        <h1>What if</h1>
        <p class="dim">{name === null ? "No account is watched." : `No account is called ${name}.`}</p>
        {name !== null && <Chooser name={name} />}
      </>
    );
  }
  return <Asked key={name} row={held.row} />;
}

function Chooser({ name }: { name: string }) {
  return (
    <label class="field">
      <span class="faint">Account</span>
      <select aria-label="Account" value={name} onChange={(e) => go(to.whatIf(e.currentTarget.value))}>
        {names.value.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Keys of every instrument whose mark the account's document tells: what an order may be in. */
function orderable(found: WhatIf | null, mode: string): string[] {
  const sides = mode === "hedge" ? ["long", "short"] : ["both"];
  return Object.keys(found?.account_after.market?.mark ?? {}).sort().flatMap((of) => sides.map((side) => `${of}/${side}`));
}

interface Answered {
  value: WhatIf;
  at: number;
  asked: string;
}

const FOLLOW_MS = 2000;

function Asked({ row }: { row: AccountRow }) {
  const typed: Typed = Object.fromEntries([...query.value].filter(([key]) => key !== "account"));
  // an account that falls UNKNOWN tells no pools: the question is still asked of those it had
  const known = useRef<readonly PoolRow[]>([]);
  if (row.pools?.length) known.current = row.pools;
  const pools = known.current;
  const pool: PoolRow | null = pools.find((p) => p.id === row.worst) ?? pools[0] ?? null;
  const positions = pools.flatMap((p) => (p.kind === "risk_unit" ? [] : p.positions));
  const asset = pool?.asset ?? row.asset ?? "USDT";
  const asked = question(typed, positions, asset);
  const [held, hold] = useState(false);
  const [answer, set] = useState<Answered | null>(null);
  const [error, fail] = useState<string | null>(null);
  const changes = JSON.stringify(asked.changes);
  const wrong = asked.wrong.length > 0;
  const good = useRef<Change[]>([]);
  if (!wrong) good.current = asked.changes;

  // the question is asked when it changes, and again while marks move, until it is held
  useEffect(() => {
    if (wrong) return undefined; // figures stay those of the last good input
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const body = { changes: JSON.parse(changes) as Change[] };
        const value = await tell<WhatIf>(accountPath(row.name, "what-if"), body, stop.signal);
        set({ value, at: now.peek(), asked: changes });
        fail(null);
      } catch (problem) {
        if (!stop.signal.aborted) fail(words(problem));
      }
      if (!stop.signal.aborted && !held) timer = setTimeout(ask, document.hidden ? FOLLOW_MS * 5 : FOLLOW_MS);
    };
    timer = setTimeout(ask, 80);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [row.name, changes, wrong, held]);

  const change = (fields: Record<string, string | null>): void => {
    const next = new URLSearchParams(query.peek());
    next.set("account", row.name);
    for (const [key, value] of Object.entries(fields)) {
      if (value) next.set(key, value);
      else next.delete(key);
    }
    go("/what-if?" + next.toString(), true);
  };
  const found = answer?.value ?? null;
  const offered = useMemo(() => orderable(found, row.position_mode), [found, row.position_mode]);
  const moves = new Map([...asked.moves].map(([of, by]) => [of, place(`${by.digits}e-${by.scale}`) ?? 0]));
  return (
    <>
      <div class="who">
        <h1>What if</h1>
        <Chooser name={row.name} />
        <span class="faint cap">
          Nothing here is sent to a venue. {held ? `Held at ${fmt.seconds(answer?.at ?? now.value)}.` : "Figures follow the live marks until you hold them."}
        </span>
        <div class="row end acts">
          <button class="btn" type="button" aria-pressed={held} onClick={() => hold(!held)}>
            {held ? "Follow marks" : "Hold marks"}
          </button>
          <Deed done="Copied" deed={() => copy(location.href)}>
            Copy address
          </Deed>
          <Deed done="Copied" deed={() => copy(command(row.name, good.current))}>
            Copy as command
          </Deed>
        </div>
      </div>
      <div class="grid wi">
        <Controls row={row} pool={pool} positions={positions} offered={offered} typed={typed} wrong={asked.wrong} change={change} />
        <div class="grid res">
          <section class="panel is-verdict" aria-label="Before and after">
            {error && <p class="liquidation st-ink cap">{error} The figures are those of the last good question.</p>}
            {found ? <Verdict found={found} row={row} /> : !error && <p class="dim">Asking.</p>}
          </section>
          {found && <BeforeAfter found={found} row={row} />}
          {found && <Ladders found={found} row={row} />}
        </div>
        <div class="grid">
          {pool && <AskedMap row={row} pool={pool} moves={moves} />}
          {(positions.length > 0 || typed["order"]) && <Sizes row={row} typed={typed} positions={positions} change={change} />}
          {pool && positions.length > 0 && <Compare row={row} typed={typed} positions={positions} changes={good.current} asset={asset} />}
        </div>
      </div>
    </>
  );
}
