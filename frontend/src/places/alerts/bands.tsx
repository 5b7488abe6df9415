// Bands: tried on what this run has recorded before they are saved.

import { useEffect, useState } from "preact/hooks";
import { accountPath, ask, Refused, tell, words } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { go, to } from "../../live/router";
import { account as rowOf, names } from "../../live/store";
import { place } from "../../numbers/decimal";
import * as fmt from "../../numbers/format";
import { Deed } from "../../parts/deeds";
import type { Bands, BandsTried, History, HistoryPoint } from "../../wire";
import { count } from "../../words";
import { useWidth } from "../account/map";
import { ALL, hundred, MAIN, MORE, readBands, type Faults, type Field, type Input, type Typed } from "./band-fields";

export function BandsPanel({ name }: { name: string }) {
  const row = rowOf(name).value?.row ?? null;
  const [typed, type] = useState<Typed>({});
  const [refused, refuse] = useState<Faults>({}); // what the server had against them
  const { value: history } = useAsked(`history ${name}`, (signal) => ask<History>(accountPath(name, "history"), { span: 86400 }, signal), 10_000);
  if (row === null) return null;
  const read = readBands(row.bands, typed);
  const { wanted } = read;
  const faults: Faults = { ...refused, ...read.faults };
  const wrong = Object.keys(read.faults).length > 0;
  const dirty = Object.keys(typed).length > 0;
  const change = (field: Field, text: string): void => {
    type({ ...typed, [field]: text });
    refuse({});
  };
  const put = async (path: string): Promise<void> => {
    try {
      await tell(path, body(wanted));
    } catch (error) {
      const field = error instanceof Refused ? fieldOf(error.problem.field) : null;
      if (field) refuse({ [field]: words(error) });
      throw error;
    }
  };
  const field = (input: Input) => {
    const fault = faults[input.field];
    const id = `fault-${input.field}`;
    return (
      <>
        <span class={`field${fault ? " wrong" : ""}`}>
          <input
            type="text"
            inputMode="decimal"
            autocomplete="off"
            name={input.field}
            aria-label={`${input.label} in ${input.unit}`}
            aria-invalid={fault ? "true" : undefined}
            aria-describedby={fault ? id : undefined}
            value={typed[input.field] ?? input.write(row.bands)}
            onInput={(e) => change(input.field, e.currentTarget.value)}
          />
          <span class="faint">{input.unit}</span>
        </span>
        {fault && (
          <span id={id} class="fault liquidation st-ink cap" role="alert">
            {fault}
          </span>
        )}
      </>
    );
  };
  return (
    <section class="panel" aria-label="Bands">
      <div class="head">
        <h2>Bands of support in use</h2>
        <label class="field end">
          <span class="faint">of</span>
          <select aria-label="Account" value={name} onChange={(e) => go(to.alerts(e.currentTarget.value), true)}>
            {names.value.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      </div>
      {history && history.points.length > 1 ? <RatioPicture history={history} bands={wanted} /> : <p class="dim">Its picture comes with the second moment that is recorded.</p>}
      <Tried name={name} bands={wanted} ready={!wrong} />
      <table class="bands">
        <caption class="unseen">Bands</caption>
        <thead>
          <tr>
            <th scope="col">Band</th>
            <th scope="col">From</th>
            <th scope="col">Then</th>
          </tr>
        </thead>
        <tbody>
          {MAIN.map(([input, then]) => (
            <tr key={input.field} class="quiet">
              <td>{input.label}</td>
              <td>{field(input)}</td>
              <td class="dim">{then}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="opts">
        {MORE.map((input) => (
          <div key={input.field} class="lab">
            {input.label}
            {field(input)}
          </div>
        ))}
      </div>
      <div class="row acts">
        <Deed
          class="first"
          done="Saved"
          disabled={!dirty || wrong}
          deed={async () => {
            await put(accountPath(name, "bands"));
            type({});
          }}
        >
          Save bands
        </Deed>
        <Deed done="Saved for all" disabled={wrong} deed={() => put("bands")}>
          Use for all without their own
        </Deed>
        {dirty && (
          <button class="btn plain" type="button" onClick={() => {
              type({});
              refuse({});
            }}>
            Undo
          </button>
        )}
      </div>
    </section>
  );
}

/** The input of a field that the API names: `dwell_ms` of its own settings is `dwell_s` here. */
const fieldOf = (name: string | null): Field | null => {
  const found = name?.replace(/_ms$/, "_s");
  return ALL.find((each) => each.field === found)?.field ?? null;
};

const body = (b: Bands): Record<string, string | number> => ({ ...b });

function Tried({ name, bands, ready }: { name: string; bands: Bands; ready: boolean }) {
  const [found, set] = useState<BandsTried | string | null>(null);
  const question = JSON.stringify({ account: name, ...body(bands) });
  useEffect(() => {
    if (!ready) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      tell<BandsTried>("bands/try", JSON.parse(question), stop.signal).then(set, (error: unknown) => {
        if (!stop.signal.aborted) set(words(error));
      });
    }, 150);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [question, ready]);
  if (found === null) return null;
  if (typeof found === "string") return <p class="dim">{found}</p>;
  const list = found.fired;
  const SHOWN = 6;
  return (
    <p class="dim" aria-live="polite">
      On this run’s record{found.start ? ` since ${fmt.seconds(fmt.moment(found.start) ?? 0)}` : ""} these bands would have spoken{" "}
      <b>{count(list.length, "time")}</b>
      {list.length > 0 && ": " + list.slice(-SHOWN).map((f) => `${fmt.seconds(fmt.moment(f.at) ?? 0)} ${f.level}`).join(", ")}
      {list.length > SHOWN && `, the last ${SHOWN} of ${list.length}`}. Those in force: {found.fired_now.length}.
    </p>
  );
}

const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [36, 62, 8, 22, 190];

/** Ratio over the record, with the bands as they would be. */
function RatioPicture({ history, bands }: { history: History; bands: Bands }) {
  const [host, width] = useWidth();
  const points = history.points;
  const [first, last] = [fmt.moment(points[0]?.at) ?? 0, fmt.moment(points[points.length - 1]?.at) ?? 1];
  const x = (at: number): number => LEFT + ((width - LEFT - RIGHT) * (at - first)) / Math.max(1, last - first);
  const y = (ratio: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(1.02, ratio));
  const lines: [string, number, string][] = [
    ["the line", 1, "ink"],
    [`act ${hundred(bands.act)}`, place(bands.act) ?? 0, "ink-2"],
    [`warn ${hundred(bands.warn)}`, place(bands.warn) ?? 0, "ink-2"],
    [`target ${hundred(bands.target)}`, place(bands.target) ?? 0, "ink-2"],
  ];
  const labels = lines.map(([text, value, colour]) => ({ text, colour, y: y(value) })).sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i += 1) labels[i]!.y = Math.max(labels[i]!.y, labels[i - 1]!.y + 14);
  const back = place(bands.rearm) ?? 0;
  const ratios = points.map((p) => place(p.ratio));
  const known = ratios.filter((r): r is number => r !== null);
  const label = known.length ? `Ratio with the bands; from ${Math.round(known[0]! * 100)} to ${Math.round(known[known.length - 1]! * 100)} per cent, highest ${Math.round(Math.max(...known) * 100)}` : "Ratio not known in this time";
  return (
    <div ref={host}>
      {width > 0 && (
        <svg class="pic" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
          {[0, 0.25, 0.5, 0.75, 1].map((v) => (
            <g key={v}>
              <line class="axis" x1={LEFT} x2={width - RIGHT} y1={y(v)} y2={y(v)} />
              <text class="tick" x={LEFT - 6} y={y(v) + 4} text-anchor="end">
                {v * 100}
              </text>
            </g>
          ))}
          {[bands.warn, bands.act].map((b, i) => {
            const v = place(b) ?? 0;
            return <rect key={i} class="rearm" x={LEFT} width={width - LEFT - RIGHT} y={y(v)} height={Math.max(0, y(v - back) - y(v))} />;
          })}
          {lines.slice(1).map(([text, v]) => (
            <line key={text} class="band-line" x1={LEFT} x2={width - RIGHT} y1={y(v)} y2={y(v)} stroke-dasharray={text.startsWith("act") ? "6 4" : "2 4"} />
          ))}
          <line class="the-line" x1={LEFT} x2={width - RIGHT} y1={y(1)} y2={y(1)} />
          <path class="ratio-line" d={strokes(points, x, y)} />
          {labels.map((l) => (
            <text key={l.text} class={l.colour === "ink" ? "strong-text" : undefined} x={width - RIGHT + 5} y={l.y + 4}>
              {l.text}
            </text>
          ))}
          <text class="tick" x={LEFT} y={HEIGHT - 5}>
            {fmt.seconds(first)}
          </text>
          <text class="tick" x={width - RIGHT} y={HEIGHT - 5} text-anchor="end">
            {fmt.seconds(last)}
          </text>
        </svg>
      )}
    </div>
  );
}

/** One stroke for each stretch that was known. */
function strokes(points: readonly HistoryPoint[], x: (at: number) => number, y: (r: number) => number): string {
  let pen = false;
  let path = "";
  for (const p of points) {
    const r = place(p.ratio);
    const at = fmt.moment(p.at);
    if (r === null || at === null) {
      pen = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${x(at).toFixed(1)} ${y(r).toFixed(1)}`;
    pen = true;
  }
  return path;
}
