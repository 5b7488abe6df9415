// What to know: what the assessment found.

import { told } from "../../numbers/format";
import type { AccountRow, PoolRow } from "../../wire";
import { count, position, spoken } from "../../words";

const SIGN: Record<string, string> = { error: "!", warning: "≈", info: "·" };
const FIRST = 10;

export function Why({ row, pool }: { row: AccountRow; pool: PoolRow | null }) {
  // what does not apply is no news; what is said of several places alike is said once
  const known = row.reasons.filter((r, i, all) => r.code !== "NOT_APPLICABLE" && all.findIndex((o) => o.message === r.message) === i);
  const reasons = known.sort((a, b) => rank(a.severity) - rank(b.severity));
  const shown = reasons.slice(0, FIRST);
  return (
    <section class="panel" aria-label="Findings">
      <div class="head">
        <h2>What to know</h2>
        <span class="faint cap end">{reasons.length === 0 ? "" : `${count(reasons.length, "finding")}${reasons.length > 1 ? ", gravest first" : ""}`}</span>
      </div>
      {reasons.length === 0 && <p class="dim">Every figure of {pool?.id ?? "this account"} is known, and none needs a word.</p>}
      {shown.length > 0 && (
        <ul class="findings">
          {shown.map((r, i) => (
            <li key={i}>
              <span class="faint" aria-hidden="true">
                {SIGN[r.severity]}
              </span>
              <span class="anywhere">
                {told(r.message)}
                <span class="sub">
                  {[r.measure && spoken(r.measure), position(r.where), r.code.toLowerCase().replaceAll("_", " ")].filter(Boolean).join(" · ")}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {reasons.length > FIRST && <p class="faint cap">{reasons.length - FIRST} more in the assessment.</p>}
    </section>
  );
}

const rank = (severity: string): number => (severity === "error" ? 0 : severity === "warning" ? 1 : 2);
