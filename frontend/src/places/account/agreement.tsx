// The venue's figures beside ours.

import { useState } from "preact/hooks";
import type { Reconciliation } from "../../documents";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import * as fmt from "../../numbers/format";
import { csv, save } from "../../parts/deeds";
import { Glyph } from "../../parts/status";
import type { AccountRow } from "../../wire";
import { position, spoken } from "../../words";

export function useAgreement(name: string): { value: Reconciliation | null; error: string | null } {
  return useAsked(`reconcile ${name}`, (signal) => ask<Reconciliation>(accountPath(name, "reconcile"), {}, signal), 15_000);
}

export function agreementWords(found: Reconciliation): string {
  const agrees = found.counts["agrees"] ?? 0;
  const differs = found.counts["differs"] ?? 0;
  const total = Object.values(found.counts).reduce((sum, each) => sum + each, 0);
  const open = total - agrees - differs;
  if (total === 0) return "no figure of the venue to compare";
  return `${agrees} of ${total} fields agree with the venue${open > 0 ? `, ${open} not computable` : ""}`;
}

const countWords = (found: Reconciliation): string =>
  [["agrees", "agree"], ["differs", "differ"], ["not computable", "not computable"]]
    .map(([outcome = "", word]) => [found.counts[outcome] ?? 0, outcome, word] as const)
    .filter(([n, outcome]) => n > 0 || outcome !== "not computable")
    .map(([n, , word]) => `${n} ${word}`)
    .join(", ");

const FIRST = 8;

export function Agreement({ row, found, error }: { row: AccountRow; found: Reconciliation | null; error: string | null }) {
  const [all, showAll] = useState(false);
  const lines = found?.lines ?? [];
  // what differs comes first
  const ordered = [...lines].sort((a, b) => Number(a.outcome === "agrees") - Number(b.outcome === "agrees"));
  const shown = all ? ordered : ordered.slice(0, FIRST);
  const first = lines.find((line) => line.outcome === "differs");
  return (
    <section class="panel" id="agree">
      <div class="head">
        <h2>The venue’s figures and ours</h2>
        {found && (
<span class="chip end">{countWords(found)}</span>
        )}
      </div>
      {first && (
        <div class="note watch">
          <Glyph of="watch" />
          <div>
            <b>
              First that differs: {position(first.where)} {spoken(first.measure)}, by {fmt.apart(first.difference)}.
            </b>
            <p>
              {first.reason && `${fmt.ended(first.reason)} `}Until it is known why: shown, the venue’s; judged, the worse of the two
              {row.judged_by === "venue" ? ", which is the venue’s" : ""}.
            </p>
          </div>
        </div>
      )}
      {found === null && <p class="dim">{error ?? "Comparing."}</p>}
      {found !== null && lines.length === 0 && <p class="dim">The venue has told no figure to compare.</p>}
      {lines.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Reconciliation">
          <table>
            <caption class="unseen">Our figures and the venue’s</caption>
            <thead>
              <tr>
                <th scope="col">Figure</th>
                <th scope="col" class="num">
                  Ours
                </th>
                <th scope="col" class="num">
                  Theirs
                </th>
                <th scope="col">
                  <span class="unseen">Outcome</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((line, i) => (
                <tr key={i} title={line.reason || undefined}>
                  <td>
                    {spoken(line.measure)} {line.where.includes("/") && <span class="faint anywhere">{position(line.where)}</span>}
                    <span class="sub mono anywhere">{line.label}</span>
                  </td>
                  <td class="num">{fmt.beside(line.ours, line.theirs)}</td>
                  <td class="num">{fmt.beside(line.theirs, line.ours)}</td>
                  <td class={line.outcome === "agrees" ? "faint" : "watch st-ink strong"}>
                    <span aria-label={line.outcome} role="img">
                      {line.outcome === "agrees" ? "=" : line.outcome === "differs" ? "≠" : "?"}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found && lines.length > 0 && (
        <p class="faint cap">
          To 8 decimals, as of {fmt.when(found.as_of, Date.parse(found.as_of))} UTC by the venue’s clock.{" "}
          {lines.length > FIRST && (
            <button class="btn plain cap" type="button" onClick={() => showAll(!all)}>
              {all ? "Fewer" : `All ${lines.length}`}
            </button>
          )}
          <button
            class="btn plain cap"
            type="button"
            onClick={() =>
              save(`${row.name}-agreement.csv`, "text/csv", csv([["where", "measure", "ours", "theirs", "difference", "outcome"], ...lines.map((l) => [l.where, l.measure, l.ours, l.theirs, l.difference, l.outcome])]))
            }
          >
            Save as CSV
          </button>
        </p>
      )}
    </section>
  );
}
