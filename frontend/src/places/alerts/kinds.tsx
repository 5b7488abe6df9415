// What else speaks beside the bands: each kind of alert, when it does, and how it is quieted.

import { useState } from "preact/hooks";
import { ask, tell } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { now, settings } from "../../live/store";
import * as fmt from "../../numbers/format";
import { Deed } from "../../parts/deeds";
import type { AlertKind, Alerts, SilenceRow } from "../../wire";

/** Each kind with its name and when it speaks; how long a loss may heal is a setting. */
const kinds = (hold: string): [AlertKind, string, string][] => [
  ["band", "Warn and act", "the share of support in use reaches its band, set above in per cent"],
  ["status", "Margin call, liquidation", "the venue’s own line is passed; nothing to set"],
  ["unknown", "Cannot be judged", `an input is missing or late for ${hold}`],
  ["contradiction", "Venue differs", "its own figures differ from ours at judgements in a row"],
  ["funding", "Funding", "payments of the next 24 h take the account over a band"],
  ["adl", "ADL queue", "a position is at place 5 of 5; over at place 3"],
  ["tiers", "New terms", "a change of tiers touches a held position"],
  ["liquidated", "Liquidated", "the venue’s ledger says so; stands for a day"],
  ["queue", "Queue full", "marginline takes in less than the venues send; of no account"],
  ["vanished", "Position lost", "it is gone without an order of the account; stands for a day"],
];

const OTHERS: [string, string][] = [
  ["Buffer", "an amount means something else on each account and after each payment; it is beside every ratio, and the plan is in amounts"],
  ["σ and odds", "they need seven days of prices, and a band that is silent until then would read as safe"],
  ["Leverage", "it tells what is held, not how near the line is: a hedge of high leverage may be far from it"],
  ["What the balance is made of", "profit that is only on paper is told beside the account, and by what its buffer is without it"],
];

export function Kinds({ name }: { name: string }) {
  const [asked, again] = useState(0);
  const { value, error } = useAsked(`silences ${asked}`, (signal) => ask<Alerts>("alerts", {}, signal), 10_000, "silences");
  const hold = Number(settings.value?.limits.hold ?? NaN);
  const quiet = async (kind: AlertKind, hours: string | null, account: string | null = kind === "queue" ? null : name): Promise<void> => {
    await tell("alerts/mute", { account, kind, hours });
    again(asked + 1);
  };
  return (
    <section class="panel" aria-label="Kinds of alerts">
      <div class="head">
        <h2>Kinds, of {name}</h2>
        <span class="faint cap end">Quiet is of one kind; graver ones come through.</span>
      </div>
      {error && <p class="watch st-ink cap">{error}</p>}
      <table class="kinds">
        <caption class="unseen">Kinds of alerts, when they speak, and whether they are quiet</caption>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Speaks when</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {kinds(fmt.age(hold).replace(" ", "\u00a0")).map(([kind, word, when]) => {
            const found = value && silenceOf(value.silences, kind, name);
            return (
              <tr key={kind} class="quiet" data-kind={kind}>
                <td>{word}</td>
                <td class="dim anywhere">{when}</td>
                <td>
                  <span>{value === null ? fmt.UNKNOWN : found ? quietWords(found) : "speaks"}</span>
                  <span class="row">
                    {found ? (
                      <Deed class="plain" done="Speaks" deed={() => quiet(kind, "0", found.account)} label={`Let it speak: ${word}`}>
                        Let it speak
                      </Deed>
                    ) : (
                      <>
                        <Deed class="plain" done="Quiet" deed={() => quiet(kind, "8")} label={`Quiet 8 h: ${word}`}>
                          Quiet 8 h
                        </Deed>
                        <Deed class="plain" done="Quiet" deed={() => quiet(kind, null)} label={`For good: ${word}`}>
                          For good
                        </Deed>
                      </>
                    )}
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <details>
        <summary>Measures that take no bands, and why</summary>
        <dl class="whys">
          {OTHERS.map(([measure, why]) => (
            <div key={measure}>
              <dt>{measure}</dt>
              <dd class="dim">{why}.</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}

/** The silence that keeps a kind of an account from speaking: its own first, else one of all. */
export function silenceOf(list: readonly SilenceRow[], kind: AlertKind, name: string): SilenceRow | null {
  const found = list.filter((each) => each.kind === kind && (each.account === null || each.account === name));
  return found.find((each) => each.account === name) ?? found[0] ?? null;
}

function quietWords({ account, until }: SilenceRow): string {
  const long = until === null ? "quiet for good" : `quiet until ${fmt.when(until, now.value)}`;
  return account === null ? `${long}, for every account` : long;
}
