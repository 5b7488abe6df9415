// The gauge, whose right end is the line; and what a balance is made of.

import { place } from "../numbers/decimal";
import { ratio as ratioText, share, THIN } from "../numbers/format";
import type { Bands, Shares, StatusName } from "../wire";
import { MADE_OF } from "../words";

interface GaugeProps {
  ratio: string | null;
  status: StatusName;
  bands?: Bands | null;
  was?: string | null; // the last that was known, when today's is not
}

export function Gauge({ ratio, status, bands, was }: GaugeProps) {
  const known = place(ratio);
  const past = place(was);
  // no ratio beyond the line: the support is gone, and the bar is full
  const full = known === null && (status === "liquidation" || status === "margin_call");
  const width = full ? 1 : (known ?? past ?? 0);
  const label =
    known !== null
      ? `uses ${ratioText(ratio)} of its support`
      : full
        ? "nothing is left that supports the requirement"
        : was != null
          ? `use of support not known; it was ${ratioText(was)}`
          : "use of support not known";
  return (
    <div class={`gauge ${status}${(known === null && !full) || status === "unknown" ? " unsure" : ""}`} role="img" aria-label={label}>
      <i style={{ width: Math.max(0, Math.min(1, width)) * 100 + "%" }} />
      {bands && <Ticks target={bands.target} warn={bands.warn} act={bands.act} />}
    </div>
  );
}

function Ticks({ target, warn, act }: Pick<Bands, "target" | "warn" | "act">) {
  return <>{[target, warn, act].map((b) => <u key={b} style={{ left: (place(b) ?? 0) * 100 + "%" }} />)}</>;
}

const KINDS = ["own", "coins", "haircut", "unrealized", "credit"] as const;
const shown = (shares: Shares): [string, string, number][] =>
  KINDS.map((kind): [string, string, number] => [kind, shares[kind], place(shares[kind]) ?? 0]).filter(
    ([, , part]) => part > 0.0005,
  );

export function Mix({ shares }: { shares: Shares | null }) {
  if (shares === null) return <span class="faint">?</span>;
  const parts = shown(shares);
  const label = parts.map(([kind, text]) => `${share(text)} ${MADE_OF[kind]}`).join(", ") || "nothing";
  return (
    <div class="mix" role="img" aria-label={label.replaceAll(THIN, " ")}>
      {parts.map(([kind, , part]) => (
        <i key={kind} class={kind} style={{ flexGrow: Math.max(part, 0.012), flexShrink: 0, flexBasis: 0 }} />
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
