// The map around what was asked: ring is now, dot is with the moves.

import { place } from "../../numbers/decimal";
import { StressMap } from "../../pictures/stress-map";
import type { AccountRow, PoolRow } from "../../wire";
import { instrumentsOf, mapWords, MapTable, spanFor, useGrid, useWidth } from "../account/map";

export function AskedMap({ row, pool, moves }: { row: AccountRow; pool: PoolRow; moves: Map<string, number> }) {
  const names = instrumentsOf(pool);
  const [x, y] = [names[0], names[1]];
  const [dx, dy] = [moves.get(x ?? "") ?? 0, moves.get(y ?? "") ?? 0];
  const span = spanFor(dx, dy, place(row.nearest?.move));
  const [host, width] = useWidth();
  const { grid, error } = useGrid(row.name, pool.id, x, y, span);
  if (names.length < 2) return null;
  const others = [...moves].filter(([of, by]) => of !== x && of !== y && by !== 0);
  return (
    <section class="panel">
      <div class="head">
        <h2>Two moves, and the line</h2>
      </div>
      <div ref={host}>
        {grid && width > 0 ? (
          <StressMap
            grid={grid}
            bands={row.bands}
            width={width}
            height={340}
            dots={[{ x: 0, y: 0, hollow: true }, ...(dx || dy ? [{ x: dx, y: dy, text: "asked" }] : [])]}
            label={mapWords(grid)}
          />
        ) : (
          <p class="dim empty-picture">{error ?? "Asking for the grid."}</p>
        )}
      </div>
      {grid && <MapTable grid={grid} bands={row.bands} />}
      <p class="faint cap">
        The account as it is now. Ring: now. Dot: with the moves asked
        {others.length > 0 ? `; there ${others.map(([of]) => of).join(", ")} moved too` : ""}. Hatched: liquidation. Thin: the bands.
      </p>
    </section>
  );
}
