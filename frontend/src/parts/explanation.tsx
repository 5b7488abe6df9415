// The explanation: value, meaning, tree, rule, evidence, the venue's word, what is in force, sources.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Explained, ExplainedFact } from "../documents";
import { accountPath, ask, words } from "../live/ask";
import { useAsked } from "../live/asked";
import { to } from "../live/router";
import { account as rowOf, now } from "../live/store";
import { compare, decimal, one, plain, rounded, shift, trimmed } from "../numbers/decimal";
import { age, exact, ratio, size, THIN } from "../numbers/format";
import { measure as wordOf, position, spoken, venue } from "../words";
import { copy, Deed } from "./deeds";
import { openDrawer } from "./drawer";

export function explain(account: string, where: string, measure: string): void {
  const at = where.includes("/") ? ", " + position(where) : "";
  openDrawer({
    title: wordOf(measure) + at,
    body: <Explanation key={`${account} ${where} ${measure}`} account={account} where={where} measure={measure} />,
  });
}

function Explanation({ account, where, measure }: { account: string; where: string; measure: string }) {
  const [found, set] = useState<Explained | string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    ask<Explained>(accountPath(account, "explanation"), { where, measure }, stop.signal).then(set, (error: unknown) => {
      if (!stop.signal.aborted) set(words(error));
    });
    return () => stop.abort();
  }, [account, where, measure]);
  if (found === null) return <p class="dim">Asking how it came about.</p>;
  if (typeof found === "string") return <p class="dim">{found}</p>;
  const sources = [...sourcesOf(found)];
  return (
    <>
      <div>
        <div class="big">{value(found.value, found.unit, 24)}</div>
        <p class="dim">{found.meaning}</p>
        {found.value === null && found.reason && <p>{found.reason}</p>}
      </div>
      <div class="row acts">
        <Deed done="Copied" deed={() => copy(exact(found.value))} disabled={found.value === null}>
          Copy exact
        </Deed>
        <Deed done="Copied" deed={() => copy(JSON.stringify(found, null, 2))}>
          Copy tree as JSON
        </Deed>
        {found.rule && (
          <a class="btn" href={to.rules(found.rule)}>
            Rule {found.rule}
          </a>
        )}
      </div>
      <section>
        <h3>How it came about</h3>
        <div class="tree">
          <div class="leaf">
            <Why of={found} />
          </div>
          <ul>
            {below(found).map((each, i) => (
              <Node key={i} of={each} open={i === largest(found)} />
            ))}
          </ul>
        </div>
      </section>
      <InForce account={account} />
      {sources.length > 0 && (
        <section>
          <h3>Sources</h3>
          <ol>
            {sources.map((text, i) => (
              <li key={text} class="cap dim anywhere">
                [{i + 1}] {text}
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

/** For paper, where nothing opens: how figures of a pool came about, the first step of each. */
export function OnPaper({ account, where, measures }: { account: string; where: string; measures: readonly string[] }) {
  const { value: found } = useAsked(
    `on paper ${account} ${where}`,
    (signal) => Promise.all(measures.map((measure) => ask<Explained>(accountPath(account, "explanation"), { where, measure }, signal))),
    60_000,
  );
  if (found === null) return null;
  return (
    <section class="for-print">
      <h3>How they came about</h3>
      {found.map((of) => (
        <div key={of.measure} class="tree">
          <Leaf of={of} />
          <ul>
            {below(of).map((each, i) => (
              <li key={i}>
                <Leaf of={each} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function InForce({ account }: { account: string }) {
  const row = rowOf(account).value?.row;
  if (!row) return null;
  const { marks, account: state, tiers } = row.ages;
  const old = (text: string | null): string => age(text === null ? null : Number(text));
  return (
    <section>
      <h3>In force</h3>
      <p class="dim">
        {row.rulebook ? (
          <>
            {venue(row.venue)}, rulebook {row.rulebook.code}, digest{" "}
            <span class="mono">{row.rulebook.digest.slice(0, 12)}</span>.{" "}
          </>
        ) : (
          "No rulebook judged it. "
        )}
        Marks {old(marks)} old, account {old(state)}, tiers {old(tiers)}; sequence {row.sequence}.
        <span class="unseen"> At {new Date(now.value).toISOString()}.</span>
      </p>
    </section>
  );
}

type Below = Explained | ExplainedFact;
const isMeasure = (of: Below): of is Explained => "measure" in of;
const below = (of: Explained): Below[] => [...(of.inputs ?? []), ...(of.facts ?? [])];

/** Which input is the largest: it is open, the rest are folded. */
function largest(of: Explained): number {
  let best = -1;
  let most = -1;
  below(of).forEach((each, i) => {
    const amount = Math.abs(Number(each.value ?? 0));
    const folds = isMeasure(each) && below(each).length > 0;
    if (folds && amount > most) [best, most] = [i, amount];
  });
  return best;
}

function Node({ of, open }: { of: Below; open: boolean }) {
  const kids = isMeasure(of) ? below(of) : [];
  if (!kids.length) {
    return (
      <li>
        <Leaf of={of} />
      </li>
    );
  }
  return (
    <li>
      <details open={open}>
        <summary>
          <Leaf of={of} />
        </summary>
        <ul>
          {kids.map((each, i) => (
            <Node key={i} of={each} open={i === largest(of as Explained)} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function Leaf({ of }: { of: Below }): ComponentChildren {
  return (
    <div class="leaf">
      <span class="anywhere">
        <b>{isMeasure(of) ? spoken(of.measure) : of.name}</b>
        {isMeasure(of) && of.where.includes("/") && <span class="faint"> {position(of.where)}</span>}
      </span>
      <span class="num">{value(of.value, of.unit ?? null, 12)}</span>
      <Why of={of} />
    </div>
  );
}

function Why({ of }: { of: Below }) {
  const m = isMeasure(of) ? of : null;
  const source = !m?.formula && of.source ? `from the ${of.source}` : "";
  if (!m?.formula && !source && !m?.rule && !m?.reason) return null;
  return (
    <span class="why">
      {m?.formula && <span class="mono">= {m.formula}</span>}
      {source}
      {m?.value === null && m.reason} {m?.rule && <span class="ev">{m.rule}</span>}{" "}
      {m?.evidence && <span class="ev">{m.evidence}</span>}
      {m?.label && <> the venue calls it “{m.label}”</>}
    </span>
  );
}

/** Digits as they are, up to so many decimals that they fit; the whole is one key away (copy). */
export function value(text: string | null, unit: string | null, decimals: number): string {
  const found = decimal(text);
  if (found === null) return "?";
  const places = Math.max(0, Math.min(found.scale, decimals - Math.max(0, plain(found).length - found.scale - 1)));
  const cut = trimmed(rounded(found, Math.max(places, 2), "down"));
  const more = found.scale > cut.scale && plain(trimmed(found)) !== plain(cut) ? "…" : "";
  const shown = size(plain(cut)) + more;
  if (unit === "fraction") {
    const percent = trimmed(rounded(shift(found, 2), 3));
    const onto = plain(percent) === "100" && compare(found, one) !== 0; // the line, which it has not reached or has passed
    return `${shown} = ${onto ? ratio(text) : `${size(plain(percent))}${THIN}%`}`;
  }
  return shown + (unit ? " " + unit : "");
}

function sourcesOf(of: Explained, into = new Set<string>()): Set<string> {
  for (const each of [of, ...below(of)]) {
    if (each.source?.includes("http")) into.add(each.source);
    if (each !== of && isMeasure(each)) sourcesOf(each, into);
  }
  return into;
}
