// The safe interval: how far prices may go, both ways.
// Solid bar: safe. Strong tick: the line. Dotted: beyond. Bracket below: a normal day.

import { place } from "../numbers/decimal";
import { away, MINUS } from "../numbers/format";
import type { End, Range } from "../wire";
import { MOVES, placeOf } from "./scale";

export interface Mark {
  kind: "entry" | "thin";
  move: number;
}

interface Props {
  range: Range | null;
  sigma?: string | null;
  past?: boolean; // beyond the line already
  marks?: Mark[];
  height?: number;
  label: string | ((picture: SVGSVGElement | null) => void); // a function: it writes the label by itself
}

const pct = (x: number): string => x.toFixed(2) + "%";

export function Interval({ range, sigma, past = false, marks = [], height = 22, label }: Props) {
  const y = height / 2;
  const bar = height < 18 ? 2 : 4;
  const low = endOf(range?.below, 0, -1);
  const high = endOf(range?.above, 100, 1);
  const sure = !past && low !== null && high !== null;
  const noise = place(sigma);
  const named = typeof label === "string" ? { "aria-label": label } : { ref: label };
  return (
    <svg class="pic" height={height} role="img" {...named}>
      <Axis y={y} />
      <line class="beyond" x1="0" x2="100%" y1={y} y2={y} />
      {!sure && <line class="at-line" x1="50%" x2="50%" y1={y - 8} y2={y + 8} />}
      {sure && <rect class="hull" x={pct(low.at)} width={pct(high.at - low.at)} y={y - bar} height={bar * 2} />}
      {sure && noise !== null && noise > 0 && <Noise sigma={noise} y={y} />}
      {sure && <line class="is-now" x1="50%" x2="50%" y1={y - bar} y2={y + bar} />}
      {sure && !low.open && <line class="at-line" x1={pct(low.at)} x2={pct(low.at)} y1={y - 8} y2={y + 8} />}
      {sure && !high.open && <line class="at-line" x1={pct(high.at)} x2={pct(high.at)} y1={y - 8} y2={y + 8} />}
      {marks.map((m) =>
        m.kind === "entry" ? (
          <circle class="entry" cx={pct(placeOf(m.move))} cy={y} r="3.2" />
        ) : (
          <line class="thin" x1={pct(placeOf(m.move))} x2={pct(placeOf(m.move))} y1={y - 5} y2={y + 5} />
        ),
      )}
    </svg>
  );
}

/** A part of its own, the same in every picture of a height: with those props it is not drawn again. */
function Axis({ y }: { y: number }) {
  return <>{MOVES.map((m) => m !== 0 && <line class="axis" x1={pct(placeOf(m))} x2={pct(placeOf(m))} y1={y - 6} y2={y + 6} />)}</>;
}

/** Where an end stands; open where no move leads there or it is off the scale; null: not known. */
function endOf(end: End | null | undefined, edge: number, far: number): { at: number; open: boolean } | null {
  const move = place(end?.move);
  if (move === null) return end?.open ? { at: edge, open: true } : null;
  if (Math.abs(move) >= Math.abs(far)) return { at: edge, open: true };
  return { at: placeOf(move), open: false };
}

function Noise({ sigma, y }: { sigma: number; y: number }) {
  const [a, b] = [pct(placeOf(-sigma)), pct(placeOf(sigma))];
  return (
    <g class="noise">
      <line x1={a} x2={b} y1={y + 8} y2={y + 8} />
      <line x1={a} x2={a} y1={y + 5.5} y2={y + 10.5} />
      <line x1={b} x2={b} y1={y + 5.5} y2={y + 10.5} />
    </g>
  );
}

export function IntervalAxis({ few = false }: { few?: boolean }) {
  return (
    <svg class="pic" height={14} aria-hidden="true">
      {MOVES.filter((m) => !few || m === 0 || Math.abs(m) > 0.005).map((m) => (
        <text class={m === 0 || Math.abs(m) > 0.05 ? "tick" : Math.abs(m) < 0.005 ? "tick fine" : "tick near"} x={placeOf(m) + "%"} y={11} text-anchor="middle">
          {m === 0 ? "now" : (m < 0 ? MINUS : "+") + Number((Math.abs(m) * 100).toFixed(3))}
        </text>
      ))}
    </svg>
  );
}

/** All that the picture of a column shows, to a third of a pixel. */
export function intervalKey(range: Range | null, sigma: string | null, past: boolean): string {
  const ends = [endOf(range?.below, 0, -1), endOf(range?.above, 100, 1)].map((end) => end && `${end.at.toFixed(1)}${end.open}`);
  return [...ends, sigma, past].join();
}

/** What the picture says, for who does not see it. */
export function rangeWords(range: Range | null, past: boolean, what = "all prices"): string {
  if (past) return "already past the line";
  if (range === null) return "how far prices may move is not known";
  const side = (end: End, way: string): string =>
    end.move !== null ? `${way} of ${away(end.move)}` : end.open ? `any ${way}` : `a ${way} that is not known`;
  return `${what}: safe from ${side(range.below, "fall")} to ${side(range.above, "rise")}`;
}
