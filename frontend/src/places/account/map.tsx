// Two moves and the line, from the API's grid; the contour is drawn here.

import { useEffect, useRef, useState } from "preact/hooks";
import { accountPath, ask } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { to } from "../../live/router";
import { place } from "../../numbers/decimal";
import { near, ratio } from "../../numbers/format";
import { StressMap } from "../../pictures/stress-map";
import type { Bands, Grid, PoolRow } from "../../wire";

/** Spans that the map may have; the smallest that shows the line and what was asked. */
const SPANS = [0.03, 0.05, 0.1, 0.2, 0.3];

export const spanFor = (...moves: (number | null)[]): number => {
  const far = Math.max(...moves.map((m) => Math.abs(m ?? 0)), 0);
  return SPANS.find((s) => s >= far * 1.25) ?? 0.3;
};

export function useWidth(): [preact.RefObject<HTMLDivElement | null>, number] {
  const host = useRef<HTMLDivElement>(null);
  const [width, set] = useState(0);
  useEffect(() => {
    const box = host.current;
    if (!box) return undefined;
    const seen = new ResizeObserver(() => set(Math.round(box.clientWidth)));
    seen.observe(box);
    set(Math.round(box.clientWidth));
    return () => seen.disconnect();
  }, []);
  return [host, width];
}

export function mapWords(grid: Grid): string {
  const total = grid.ratio.reduce((n, row) => n + row.length, 0);
  const over = grid.ratio.reduce((n, row) => n + row.filter((v) => v === null || v >= 1).length, 0);
  const share = total ? Math.ceil((over / total) * 100) : 0; // a little of it is not none
  return (
    `Stress map of ${grid.x.of} against ${grid.y.of}: ` +
    (over === 0 ? "no pair of moves in it reaches the line" : `${share} per cent of it lies beyond the line`)
  );
}

export function instrumentsOf(pool: PoolRow): string[] {
  const order = [...pool.positions].sort((a, b) => (place(b.share_of_requirement) ?? 0) - (place(a.share_of_requirement) ?? 0));
  return [...new Set(order.map((p) => p.instrument))];
}

/** The map of a pool; null where it cannot be told, and why: what is not computed is not drawn. */
export function useGrid(name: string, pool: string, x: string | undefined, y: string | undefined, span: number): { grid: Grid | null; error: string | null } {
  const { value, error } = useAsked(
    `${name} ${pool} ${x} ${y} ${span}`,
    (signal) =>
      x && y
        ? ask<Grid>(accountPath(name, "grid"), { x, y, span: String(span), steps: 61, pool }, signal)
        : Promise.reject(new Error("The map needs two instruments.")),
    20_000,
    `${name} ${pool} ${x} ${y}`, // of another span it stays until the next is there: its axes say which
  );
  const why = value?.reasons[0]?.message ?? null;
  return { grid: why === null ? value : null, error: why ?? error };
}

export function TwoMoves({ name, pool, bands, reach }: { name: string; pool: PoolRow; bands: Bands; reach: number | null }) {
  const names = instrumentsOf(pool);
  const [x, y] = [names[0], names[1]];
  const span = spanFor(reach);
  const [host, width] = useWidth();
  const { grid, error } = useGrid(name, pool.id, x, y, span);
  if (names.length < 2) {
    return (
      <section class="panel brief">
        <h2>Two moves, and the line</h2>
        <p class="dim">{names.length === 0 ? "No position is open." : "One instrument only: its ladder above says it all."}</p>
      </section>
    );
  }
  return (
    <section class="panel">
      <div class="head">
        <h2>Two moves, and the line</h2>
        <a class="end cap" href={to.whatIf(name)}>
          Open in What if
        </a>
      </div>
      <div ref={host}>
        {grid && width > 0 ? (
          <StressMap grid={grid} bands={bands} width={width} height={300} dots={[{ x: 0, y: 0, text: "now" }]} label={mapWords(grid)} />
        ) : (
          <p class="dim empty-picture">{error ?? "Asking for the grid."}</p>
        )}
      </div>
      {grid && <MapTable grid={grid} bands={bands} />}
      <p class="faint cap">
        {names.length > 2 ? `${names.slice(2).join(", ")} ${names.length > 3 ? "stand" : "stands"} still. ` : ""}Hatched: liquidation. Thin lines: the bands. Dotted: both move alike.
      </p>
    </section>
  );
}

/** Every other column stands back where there is no room for all. */
const between = (i: number): string => (i % 2 === 1 ? " between" : "");

/** The picture's figures as a table: every tenth move. */
export function MapTable({ grid, bands }: { grid: Grid; bands: Bands }) {
  const lines = [bands.target, bands.warn, bands.act];
  const pick = (n: number, of: number): number[] => Array.from({ length: of }, (_, i) => Math.round((i * (n - 1)) / (of - 1)));
  const columns = pick(grid.x.moves.length, 5);
  const downs = pick(grid.y.moves.length, 7).reverse();
  return (
    <details class="data">
      <summary>The figures behind the picture</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Ratio at pairs of moves">
        <table class="pairs">
          <caption class="unseen">
            Support in use at pairs of moves, {grid.x.of} across, {grid.y.of} down
          </caption>
          <thead>
            <tr>
              <th scope="col">
                {grid.y.of} \ {grid.x.of}
              </th>
              {columns.map((c, i) => (
                <th key={c} scope="col" class={`num${between(i)}`}>
                  {near(grid.x.moves[c] ?? null)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {downs.map((l) => (
              <tr key={l}>
                <th scope="row">{near(grid.y.moves[l] ?? null)}</th>
                {columns.map((c, i) => {
                  const v = grid.ratio[l]?.[c] ?? null;
                  return (
                    <td key={c} class={`num${between(i)}`}>
                      {v === null ? "no support" : `~${ratio(String(v), lines)}`}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

