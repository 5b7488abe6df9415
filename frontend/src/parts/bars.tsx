// The gauge, whose right end is the line; and what a balance is made of.

import { decimal, place } from "../numbers/decimal";
import { DASH, ratio as ratioText, share, THIN, UNKNOWN } from "../numbers/format";
import type { AccountRow, Bands, Shares, StatusName } from "../wire";
import { MADE_OF } from "../words";

interface GaugeProps {
  ratio: string | null;
  status: StatusName;
  bands?: Bands | null;
  was?: string | null; // the last that was known, when today's is not
  owing?: boolean; // nothing is open, and less than nothing is there
}

/** The line is passed. A venue may call before it acts: who is called below the line has it before him. */
export const isPast = (status: StatusName | null | undefined, ratio?: string | null): boolean =>
  status === "liquidation" || (status === "margin_call" && !((place(ratio) ?? 1) < 1));

interface Held {
  requirement: string | null;
  buffer: string | null;
}

/** Nothing is required and less than nothing is there: a debt, which no move of prices pays. */
export const isOwing = (of: Held): boolean => decimal(of.requirement)?.digits === 0n && (decimal(of.buffer)?.digits ?? 0n) < 0n;

/** Support in use as it is written; an account with nothing open uses none, and no line is there to near. */
export const useWords = (ratio: string | null | undefined, status: StatusName | null | undefined, lines?: string[], held?: Held): string =>
  ratio != null ? ratioText(ratio, lines) : isPast(status) || (held && isOwing(held)) ? "no support" : status === "healthy" ? DASH : UNKNOWN;

/** Judged, without a position and without a requirement: it has no line, and is not safe on any scale. */
export const isNothing = (of: { requirement: string | null; positions: readonly unknown[] }): boolean =>
  of.positions.length === 0 && decimal(of.requirement)?.digits === 0n;
export const isEmpty = (row: Pick<AccountRow, "status" | "requirement" | "net_usd" | "pools">): boolean =>
  row.status !== "unknown" &&
  decimal(row.requirement)?.digits === 0n &&
  (row.pools === null ? decimal(row.net_usd)?.digits === 0n : row.pools.every(isNothing));
export const NOTHING = "No position open";

type Shown = Omit<GaugeProps, "bands">;

// no ratio beyond the line: the support is gone, and the bar is full
const isFull = ({ ratio, status, owing }: Shown): boolean => place(ratio) === null && (isPast(status) || owing === true);

/** How much of the bar is left to be seen, as a clip: nothing is laid out anew when it moves. */
export function gaugeFill(of: Shown): string {
  const share = isFull(of) ? 1 : (place(of.ratio) ?? place(of.was) ?? 0);
  return `inset(0 ${((1 - Math.max(0, Math.min(1, share))) * 100).toFixed(2)}% 0 0)`;
}

/** What the gauge says; `uses` is its ratio as it is written. */
export function gaugeWords(of: Shown, uses: string): string {
  if (place(of.ratio) !== null) return `uses ${uses} of its support`;
  if (of.status === "healthy") return "nothing uses its support";
  if (of.owing) return "nothing is open, and less than nothing is left";
  if (isFull(of)) return "nothing is left that supports the requirement";
  return of.was != null ? `use of support not known; it was ${ratioText(of.was)}` : "use of support not known";
}

export const gaugeClass = (of: Shown): string =>
  `gauge ${of.status}${(place(of.ratio) === null && !isFull(of) && of.status !== "healthy") || of.status === "unknown" ? " unsure" : ""}`;

export function Gauge({ bands, ...of }: GaugeProps) {
  return (
    <div class={gaugeClass(of)} role="img" aria-label={gaugeWords(of, ratioText(of.ratio, bands ? [bands.target, bands.warn, bands.act] : undefined))}>
      <i style={{ clipPath: gaugeFill(of) }} />
      {bands && <Ticks target={bands.target} warn={bands.warn} act={bands.act} />}
    </div>
  );
}

export function Ticks({ target, warn, act }: Pick<Bands, "target" | "warn" | "act">) {
  return <>{[target, warn, act].map((b) => <u key={b} style={{ left: (place(b) ?? 0) * 100 + "%" }} />)}</>;
}

const KINDS = ["own", "coins", "haircut", "unrealized", "credit"] as const;
const shown = (shares: Shares): [string, string, number][] =>
  KINDS.map((kind): [string, string, number] => [kind, shares[kind], place(shares[kind]) ?? 0]).filter(
    ([, , part]) => part > 0.0005,
  );

const grow = (part: number): string => String(Math.max(part, 0.012));

/** What the bar of a balance says, for who does not see it. */
export const mixWords = (shares: Shares): string =>
  (shown(shares).map(([kind, text]) => `${share(text)} ${MADE_OF[kind]}`).join(", ") || "nothing").replaceAll(THIN, " ");

/** The kinds that a balance is made of; the bar has a part for each. */
export const mixKinds = (shares: Shares): string[] => shown(shares).map(([kind]) => kind);

/** Sets how much of the bar each part takes. */
export function writeMix(bar: Element, shares: Shares): void {
  const parts = shown(shares);
  parts.forEach(([, , part], i) => {
    const style = (bar.children[i] as HTMLElement | undefined)?.style;
    if (style) style.flexGrow = grow(part);
  });
  bar.setAttribute("aria-label", mixWords(shares));
}

export function Mix({ shares }: { shares: Shares | null }) {
  if (shares === null) return <span class="faint">?</span>;
  return (
    <div class="mix" role="img" aria-label={mixWords(shares)}>
      {shown(shares).map(([kind, , part]) => (
        <i key={kind} class={kind} style={{ flexGrow: grow(part) }} />
      ))}
    </div>
  );
}

export function MixKey({ shares }: { shares: Shares }) {
  return (
    <div class="legend">
      {shown(shares).map(([kind, text]) => (
        <span key={kind}>
          <span class={`swatch key-${kind}`} />
          {MADE_OF[kind]} <b>{share(text)}</b>
        </span>
      ))}
    </div>
  );
}
