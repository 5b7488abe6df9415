// Two moves, and the line between living and not. Flat steps by band, no rainbow; the line is drawn.

import { useId } from "preact/hooks";
import { place } from "../numbers/decimal";
import { MINUS } from "../numbers/format";
import { nice } from "../parts/scale";
import type { Bands, Grid } from "../wire";

interface Dot {
  x: number;
  y: number;
  text?: string;
  hollow?: boolean;
}

interface Props {
  grid: Grid;
  bands: Bands;
  width: number;
  height: number;
  dots: Dot[];
  label: string;
}

const [LEFT, BOTTOM, TOP, RIGHT] = [44, 34, 8, 8];

/** 0 where nothing supports, else support over requirement: smooth where the ratio is not. */
const life = (ratio: number | null): number => (ratio === null || ratio <= 0 ? (ratio === null ? 0 : 1e9) : 1 / ratio);

export function StressMap({ grid, bands, width: w, height: h, dots, label }: Props) {
  const dead = useId();
  const xs = grid.x.moves.map((m) => place(m) ?? 0);
  const ys = grid.y.moves.map((m) => place(m) ?? 0);
  const [x0, x1] = [xs[0] ?? -1, xs[xs.length - 1] ?? 1];
  const [y0, y1] = [ys[0] ?? -1, ys[ys.length - 1] ?? 1];
  const sx = (m: number): number => LEFT + ((w - LEFT - RIGHT) * (m - x0)) / (x1 - x0);
  const sy = (m: number): number => h - BOTTOM - ((h - BOTTOM - TOP) * (m - y0)) / (y1 - y0);
  const steps = [bands.target, bands.warn, bands.act].map((b) => place(b) ?? 0);
  const values = grid.ratio.map((row) => row.map(life));
  const diagonal: [number, number] = [Math.max(x0, y0), Math.min(x1, y1)];
  const line = contour(values, 1, xs, ys, sx, sy);
  return (
    <svg class="pic map" width={w} height={h} viewBox={`0 0 ${w} ${h}`} role="img" aria-label={label}>
      <defs>
        <pattern id={dead} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" class="dead-ground" />
          <line x1="0" x2="0" y1="0" y2="6" class="dead-line" />
        </pattern>
      </defs>
      {runs(grid.ratio, steps).map(({ row, from, to, kind }) => {
        const left = sx(edge(xs, from));
        const right = sx(edge(xs, to));
        const top = sy(edge(ys, row + 1));
        const bottom = sy(edge(ys, row));
        return (
          <rect
            x={left}
            y={top}
            width={right - left + 0.6}
            height={bottom - top + 0.6}
            shape-rendering="crispEdges"
            {...(kind === 5 ? { fill: `url(#${dead})` } : { class: `safe-${kind}` })}
          />
        );
      })}
      {steps.map((level) => (
        <path class="band-line" d={contour(values, level, xs, ys, sx, sy)} />
      ))}
      <path class="the-line" d={line} />
      {nice(x0, x1, 6).map((m) => (
        <text class="tick" x={sx(m)} y={h - BOTTOM + 15} text-anchor="middle">
          {tick(m)}
        </text>
      ))}
      {nice(y0, y1, 6).map((m) => (
        <text class="tick" x={LEFT - 6} y={sy(m) + 4} text-anchor="end">
          {tick(m)}
        </text>
      ))}
      <line class="now" x1={sx(0)} x2={sx(0)} y1={TOP} y2={h - BOTTOM} />
      <line class="now" x1={LEFT} x2={w - RIGHT} y1={sy(0)} y2={sy(0)} />
      <line class="alike" x1={sx(diagonal[0])} y1={sy(diagonal[0])} x2={sx(diagonal[1])} y2={sy(diagonal[1])} />
      <text class="tick" x={w - RIGHT} y={h - 3} text-anchor="end">
        {grid.x.of} %
      </text>
      <text class="tick" x="10" y={TOP + 8} transform={`rotate(-90 10 ${TOP + 8})`} text-anchor="end">
        {grid.y.of} %
      </text>
      {dots
        .filter((d) => d.x >= x0 && d.x <= x1 && d.y >= y0 && d.y <= y1)
        .map((d) => (
          <>
            <circle class={d.hollow ? "dot-now" : "dot-asked"} cx={sx(d.x)} cy={sy(d.y)} r={d.hollow ? 5 : 5.5} />
            {d.text && (
              <text class="halo" x={sx(d.x) + 9} y={sy(d.y) - 7}>
                {d.text}
              </text>
            )}
          </>
        ))}
      {line && <LineName d={line} width={w} />}
    </svg>
  );
}

function LineName({ d, width }: { d: string; width: number }) {
  const first = /M([\d.]+) ([\d.]+)/.exec(d);
  if (!first) return null;
  const x = Number(first[1]);
  return (
    <text class="halo line-name" x={x > width - 80 ? x - 6 : x + 6} y={Math.max(20, Number(first[2]) - 6)} text-anchor={x > width - 80 ? "end" : "start"}>
      the line
    </text>
  );
}

const tick = (m: number): string =>
  Math.abs(m) < 1e-9 ? "0" : (m < 0 ? MINUS : "+") + Number((Math.abs(m) * 100).toFixed(1));

/** The border below the i-th value: half way between neighbours, the ends at the ends. */
function edge(values: readonly number[], i: number): number {
  const last = values.length - 1;
  if (i <= 0) return values[0] ?? 0;
  if (i > last) return values[last] ?? 0;
  return ((values[i - 1] ?? 0) + (values[i] ?? 0)) / 2;
}

interface Run {
  row: number;
  from: number;
  to: number;
  kind: number; // 1 to 4: by band; 5: the venue acts
}

/** Neighbours of one kind drawn as one rectangle. */
function runs(ratio: readonly (readonly (number | null)[])[], steps: readonly number[]): Run[] {
  const found: Run[] = [];
  ratio.forEach((values, row) => {
    let from = 0;
    values.forEach((value, i) => {
      const kind = kindOf(value, steps);
      const next = values[i + 1];
      if (i + 1 === values.length || kindOf(next ?? null, steps) !== kind) {
        found.push({ row, from, to: i + 1, kind });
        from = i + 1;
      }
    });
  });
  return found;
}

const kindOf = (value: number | null, steps: readonly number[]): number =>
  value === null || value >= 1 ? 5 : 1 + steps.filter((s) => value >= s).length;

/** Where the ratio is the level: marching squares, straight between grid points. */
function contour(
  values: readonly (readonly number[])[], level: number, xs: readonly number[], ys: readonly number[],
  sx: (m: number) => number, sy: (m: number) => number,
): string {
  const parts: string[] = [];
  const f = (i: number, j: number): number => (values[j]?.[i] ?? 0) - 1 / level;
  const at = (x: number, y: number): string => `${sx(x).toFixed(1)} ${sy(y).toFixed(1)}`;
  for (let j = ys.length - 2; j >= 0; j -= 1) {
    for (let i = 0; i < xs.length - 1; i += 1) {
      const corners: [number, number][] = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const hits: string[] = [];
      corners.forEach((a, k) => {
        const b = corners[(k + 1) % 4]!;
        const [fa, fb] = [f(...a), f(...b)];
        if (fa > 0 === fb > 0) return;
        const t = fa / (fa - fb);
        hits.push(at(xs[a[0]]! + (xs[b[0]]! - xs[a[0]]!) * t, ys[a[1]]! + (ys[b[1]]! - ys[a[1]]!) * t));
      });
      if (hits.length >= 2) parts.push(`M${hits[0]}L${hits[1]}`);
    }
  }
  return parts.join("");
}
