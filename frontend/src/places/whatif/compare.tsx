// Cross against isolated: the same question asked twice.

import { useEffect, useState } from "preact/hooks";
import type { AssessedPool, Change, WhatIf } from "../../documents";
import { accountPath, tell, words } from "../../live/ask";
import { decimal } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { isPast } from "../../parts/bars";
import type { AccountRow, PositionRow } from "../../wire";
import { oneMode, position } from "../../words";
import { useText } from "./results";
import { modeChange, split, type Typed } from "./question";

interface Props {
  row: AccountRow;
  typed: Typed;
  positions: PositionRow[];
  changes: Change[];
  asset: string;
}

export function Compare(props: Props) {
  const instrument = split(props.typed["order"] ?? props.positions[0]?.key ?? "").instrument;
  const one = oneMode(props.row);
  return (
    <section class="panel">
      <div class="head">
        <h2 class="anywhere">Cross against isolated, {instrument}</h2>
      </div>
      {one === null ? <Asked {...props} instrument={instrument} /> : <p class="dim">{one}</p>}
    </section>
  );
}

function Asked({ row, typed, positions, changes, asset, instrument }: Props & { instrument: string }) {
  const key = typed["order"] ?? positions[0]?.key ?? "";
  const p = positions.find((each) => each.key === key) ?? positions[0];
  const others = changes.filter((c) => c.change !== "set_margin_mode");
  const typedMargin = (typed["margin"] ?? "").trim();
  const already = p?.margin_mode === "isolated";
  const margin = typedMargin || (already ? "" : p?.measures["initial_margin"]) || "";
  const isolated = modeChange({ ...typed, margin }, instrument, "isolated");
  // what is isolated already stays as it is, and is asked to be cross
  const alone = already && !typedMargin ? [] : [isolated];
  const question = JSON.stringify({ cross: already ? [...others, modeChange({}, instrument, "cross")] : others, alone: [...others, ...alone] });
  const [found, set] = useState<{ cross: WhatIf; alone: WhatIf } | string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const asked = JSON.parse(question) as { cross: Change[]; alone: (Change | null)[] };
    const path = accountPath(row.name, "what-if");
    const timer = setTimeout(() => {
      if (asked.alone.includes(null)) return set("The margin to post is not an amount.");
      Promise.all([
        tell<WhatIf>(path, { changes: asked.cross }, stop.signal),
        tell<WhatIf>(path, { changes: asked.alone }, stop.signal),
      ]).then(
        ([cross, alone]) => set({ cross, alone }),
        (error: unknown) => {
          if (!stop.signal.aborted) set(words(error));
        },
      );
      return undefined;
    }, 300);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [row.name, question]);
  return (
    <>
      {found === null && <p class="dim">Asking twice.</p>}
      {typeof found === "string" && <p class="dim">{found}</p>}
      {found !== null && typeof found !== "string" && <Sides found={found} p={p} instrument={instrument} margin={margin} asset={asset} />}
    </>
  );
}

const beyond = (of: AssessedPool): boolean => isPast(of.status, of.measures["margin_ratio"]);

interface SidesProps {
  found: { cross: WhatIf; alone: WhatIf };
  p: PositionRow | undefined;
  instrument: string;
  margin: string;
  asset: string;
}

function Sides({ found, p, instrument, margin, asset }: SidesProps) {
  const line = (of: WhatIf): { price: string | null; mark: string | null } => {
    const pools = of.after.pools.filter((pool) => pool.kind !== "risk_unit");
    const held = pools.flatMap((pool) => pool.positions ?? []).find((each) => each.instrument === instrument);
    return { price: held?.measures["liquidation_price"] ?? null, mark: of.account_after.market?.mark?.[instrument] ?? null };
  };
  const holds = (of: WhatIf): AssessedPool | null => of.after.pools.find((pool) => pool.kind !== "risk_unit" && pool.positions?.some((each) => each.instrument === instrument)) ?? null;
  const own = found.alone.after.pools.find((pool) => pool.kind === "isolated" && pool.positions?.some((each) => each.instrument === instrument)) ?? null;
  const restAlone = found.alone.after.pools.find((pool) => pool.kind !== "isolated" && pool.status !== null) ?? null;
  const restCross = found.cross.after.pools.find((pool) => pool.kind !== "isolated" && pool.status !== null) ?? null;
  const [a, b] = [line(found.cross), line(found.alone)];
  const tick = p?.tick_size ?? null;
  const price = (of: { price: string | null; mark: string | null }, pool: AssessedPool | null): string =>
    pool && beyond(pool) ? "past it" : of.price === null ? fmt.DASH : fmt.liquidation(of.price, of.mark, tick);
  const posted = margin || own?.measures["wallet_balance"];
  const available = decimal(restCross?.measures["available_balance"]);
  const rows: [string, string, string][] = [
    [`${instrument} is liquidated at`, price(a, holds(found.cross)), price(b, holds(found.alone))],
    ["At risk with it", "the whole pool", fmt.money(posted, asset)],
    [`${instrument} uses`, fmt.DASH, useText(own)],
    ["The rest uses", useText(restCross), useText(restAlone)],
    ["The rest keeps", fmt.money(restCross?.measures["buffer"], restCross?.asset), fmt.money(restAlone?.measures["buffer"], restAlone?.asset)],
  ];
  return (
    <>
      <table class="modes">
        <caption class="unseen">Cross against isolated margin</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Figure</span>
            </th>
            <th scope="col" class="num">
              Cross
            </th>
            <th scope="col" class="num">
              Isolated
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([what, cross, alone]) => (
            <tr key={what}>
              <td class="anywhere">{what}</td>
              <td class="num">{cross}</td>
              <td class="num">{alone}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="cap dim">
        {available !== null && available.digits <= 0n && `Nothing is available now (${fmt.money(restCross?.measures["available_balance"], asset)}): the venue may refuse the change. `}
        {own && beyond(own) && `With this margin ${instrument} would be past its line at once. `}
        {restAlone && beyond(restAlone) && "It would leave the rest past its line. "}
        {p && `Margin posted: ${fmt.money(posted, asset)} ${asset}, ${position(p.key)}.`}
      </p>
    </>
  );
}
