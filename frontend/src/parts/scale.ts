// The scale of moves: the same for everybody, on every width. Fine near now, open at ±100 %.

const BEND = 0.0005;
const FAR = Math.log10(1 + 1 / BEND);

/** Where a signed move stands, in per cent of the width; 50 is now. */
export function placeOf(move: number): number {
  const m = Math.max(-1, Math.min(1, move));
  return 50 + (50 * Math.sign(m) * Math.log10(1 + Math.abs(m) / BEND)) / FAR;
}

export const MOVES = [-0.1, -0.01, -0.001, 0, 0.001, 0.01, 0.1];

/** Round ticks between two numbers. */
export function nice(low: number, high: number, count: number): number[] {
  const raw = (high - low) / count;
  if (!(raw > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((k) => k >= raw - 1e-12) ?? raw;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k += 1) ticks.push(k * step);
  return ticks;
}
