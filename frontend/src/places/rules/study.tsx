// A margin-rate study: which rate an instrument's past calls for, and how it would have held.

import { useState } from "preact/hooks";
import type { StudyDocument, StudyMethod } from "../../documents";
import { ask, tell, words } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { Deed, save } from "../../parts/deeds";
import { beyond, RateOverTime } from "../../pictures/rates";
import type { Studies } from "../../wire";
import { venue } from "../../words";

const METHODS: Record<string, string> = { ewma: "EWMA, normal", fhs: "filtered history", es: "expected shortfall" };
const BRAKES: Record<string, string> = { none: "no brake", floor: "floor of the long run", buffer: "buffer of a quarter", stressed: "a quarter stressed times" };
const SIDES: Record<string, string> = { both: "long or short", long: "long", short: "short" };
const SPANS: [string, string][] = [
  ["3600", "1 h"],
  ["28800", "8 h"],
  ["86400", "1 day"],
  ["172800", "2 days"],
];
const COVERAGES = ["0.95", "0.99", "0.995"];
const ZONES: Record<string, string> = { green: "held", yellow: "doubtful", red: "did not hold" };

export function Study() {
  const { value: there, error } = useAsked("studies", (signal) => ask<Studies>("studies", {}, signal));
  const [form, setForm] = useState({ of: "", coverage: "0.99", close_out_s: "86400", side: "both", method: "fhs", brake: "floor" });
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [found, setFound] = useState<StudyDocument | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const set = (name: string) => (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value });
  const instruments = there?.instruments ?? [];
  const chosen = form.of || (instruments[0] ? `${instruments[0].venue} ${instruments[0].symbol}` : "");
  const question = async (): Promise<void> => {
    const { of: _, ...terms } = form;
    const [of = "", symbol = ""] = chosen.split(" ");
    const whose = file ? { symbol: file.name.replace(/\.[^.]*$/, ""), candles: file.text } : { venue: of, symbol };
    try {
      setFound(await tell<StudyDocument>("studies", { ...terms, ...whose }));
      setWrong(null);
    } catch (problem) {
      setWrong(words(problem));
    }
  };
  return (
    <section class="panel study" aria-label="Margin-rate study">
      <div class="head">
        <h2>Study a margin rate</h2>
        <span class="faint cap end">Which rate the past of an instrument calls for, and how it would have held.</span>
      </div>
      <div class="row study-form">
        <label class="field">
          <span class="faint">Of</span>
          <select value={chosen} disabled={file !== null} onChange={set("of")}>
            {instruments.length === 0 && <option value="">nothing is recorded yet</option>}
            {instruments.map((each) => (
              <option key={each.venue + each.symbol} value={`${each.venue} ${each.symbol}`}>
                {each.symbol}, {venue(each.venue)}, {fmt.spanOfDays(each.days)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span class="faint">or candles</span>
          <input
            type="file"
            accept=".csv,text/csv"
            onChange={(event) => {
              const given = event.currentTarget.files?.[0];
              if (given) void given.text().then((text) => setFile({ name: given.name, text }));
              else setFile(null);
            }}
          />
        </label>
        <Choice name="Method" value={form.method} of={Object.entries(METHODS)} set={set("method")} />
        <Choice name="Covers" value={form.coverage} of={COVERAGES.map((c) => [c, `${fmt.inPercent(c)} %`])} set={set("coverage")} />
        <Choice name="Closing takes" value={form.close_out_s} of={SPANS} set={set("close_out_s")} />
        <Choice name="Side" value={form.side} of={Object.entries(SIDES)} set={set("side")} />
        <Choice name="Brake" value={form.brake} of={Object.entries(BRAKES)} set={set("brake")} />
        <Deed class="first" done="Studied" deed={question}>
          Study it
        </Deed>
      </div>
      {(wrong ?? error) && <p class="watch st-ink">{wrong ?? error}</p>}
      {found ? <Told found={found} /> : <p class="dim cap">At least 7 days of prices are needed. A file is CSV with a time and a close, named by its instrument.</p>}
    </section>
  );
}

function Choice({ name, value, of, set }: { name: string; value: string; of: [string, string][]; set: (event: { currentTarget: { value: string } }) => void }) {
  return (
    <label class="field">
      <span class="faint">{name}</span>
      <select value={value} onChange={set}>
        {of.map(([key, word]) => (
          <option key={key} value={key}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

const percent = (text: string): string => `${(Number(text) * 100).toFixed(2)}${fmt.THIN}%`;

/** "An initial rate of 7.12 % held: 1 of 29 closes took more, where 0.3 may." */
export function verdict(found: StudyDocument): string {
  const held = found.methods.find((each) => each.method === found.chosen);
  if (!held) return "";
  const may = (found.periods * (1 - Number(found.promised))).toFixed(1);
  const word = ZONES[held.basel_zone] ?? held.basel_zone;
  return `An initial rate of ${percent(found.initial_rate)} (maintenance ${percent(found.maintenance_rate)}) ${word}: ${held.exceeded} of ${found.periods} close-outs took more than the rate of their moment, ${may} may.`;
}

function Told({ found }: { found: StudyDocument }) {
  const held = found.methods.find((each) => each.method === found.chosen);
  return (
    <>
      <p>{verdict(found)}</p>
      <RateOverTime found={found} />
      {held && (
        <p class="cap">
          Largest rise of the rate within a day, which is a call on everybody: {percent(held.largest_call_of_a_day)} of the notional. Highest over lowest rate:{" "}
          {Number(held.peak_to_trough).toFixed(1)}.
        </p>
      )}
      <Coverage found={found} />
      {found.notes.map((note) => (
        <p key={note} class="faint cap anywhere">
          {fmt.ended(note)}
        </p>
      ))}
      <div class="row acts">
        <Deed class="plain cap" done="Saved" deed={async () => save(`study-${found.symbol}.json`, "application/json", JSON.stringify(found, null, 2))}>
          Save the study
        </Deed>
        <span class="faint cap end">
          {found.symbol}, {found.source}, {fmt.date(fmt.moment(found.begins) ?? 0)} to {fmt.date(fmt.moment(found.ends) ?? 0)}; {beyond(found)} of the drawn moments beyond the rate
        </span>
      </div>
    </>
  );
}

/** How much of the losses each method covered, beside what was promised; the figures in the table. */
function Coverage({ found }: { found: StudyDocument }) {
  const low = Math.min(Number(found.promised), ...found.methods.map((each) => Number(each.coverage))) - 0.01;
  const at = (value: number): number => Math.max(0, Math.min(100, ((value - low) / (1 - low)) * 100));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Methods of the study">
      <table class="blocks early">
        <caption class="unseen">Coverage and rates by method</caption>
        <thead>
          <tr>
            {["Method", "Covered", "", "Beyond", "p-value", "Zone", "Rate", "Mean", "Worst beyond", "Peak / trough", "Day’s call"].map((name, i) => (
              <th key={i} scope="col" class={i > 0 && i !== 2 && i !== 5 ? "num" : undefined}>
                {name || <span class="unseen">Picture of the coverage</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.methods.map((each) => (
            <tr key={each.method} class={each.method === found.chosen ? "chosen" : undefined}>
              <td class="nowrap">
                {METHODS[each.method] ?? each.method}
                {each.method === found.chosen && <span class="sub">the one asked for</span>}
              </td>
              <td class="num" data-l="Covered">{percent(each.coverage)}</td>
              <td class="drawn">
                <svg class="pic coverage" width={120} height={14} role="img" aria-label={`${percent(each.coverage)} covered, ${percent(found.promised)} promised`}>
                  <rect class="bar" x={0} y={3} height={8} width={at(Number(each.coverage)) * 1.2} />
                  <line class="axis promised" x1={at(Number(found.promised)) * 1.2} x2={at(Number(found.promised)) * 1.2} y1={0} y2={14} />
                </svg>
              </td>
              <td class="num" data-l="Beyond">
                {each.exceeded} of {found.periods}
              </td>
              <td class="num" data-l="p-value">{(place(each.kupiec_p_value) ?? 0).toFixed(2)}</td>
              <td data-l="Zone">{zone(each)}</td>
              <td class="num" data-l="Rate">{percent(each.rate)}</td>
              <td class="num" data-l="Mean">{percent(each.average)}</td>
              <td class="num" data-l="Worst beyond">{percent(each.worst_shortfall)}</td>
              <td class="num" data-l="Peak / trough">{Number(each.peak_to_trough).toFixed(1)}</td>
              <td class="num" data-l="Day’s call">{percent(each.largest_call_of_a_day)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const zone = (each: StudyMethod): string => `${each.basel_zone}: ${ZONES[each.basel_zone] ?? ""}`;
