// Shape and word always go together; colour is third.

import { STATUS } from "../words";
import type { StatusName } from "../wire";

export function Glyph({ of }: { of: StatusName }) {
  const line = { fill: "none", stroke: "currentColor", "stroke-width": 1.8 };
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true" class="glyph">
      {of === "healthy" && <circle cx="7" cy="7" r="5" {...line} />}
      {of === "watch" && <path d="M7 1.6 13 12.4H1Z" {...line} stroke-linejoin="round" />}
      {of === "watch" && <path d="M7 5.4v3.2M7 10.2v.6" {...line} stroke-width={1.5} />}
      {of === "margin_call" && <path d="M7 .8 13.2 7 7 13.2.8 7Z" fill="currentColor" />}
      {of === "liquidation" && (
        <path d="M4.4.9h5.2l3.5 3.5v5.2l-3.5 3.5H4.4L.9 9.6V4.4Z" fill="currentColor" />
      )}
      {of === "liquidation" && (
        <path d="M4.6 4.6 9.4 9.4M9.4 4.6 4.6 9.4" class="on-panel" stroke-width={1.8} />
      )}
      {of === "unknown" && (
        <circle cx="7" cy="7" r="5.6" {...line} stroke-width={1.4} stroke-dasharray="2.6 1.8" />
      )}
      {of === "unknown" && (
        <path d="M5.4 5.6c0-2.2 3.3-2.2 3.3-.2 0 1.3-1.7 1.3-1.7 2.7M7 10v.6" {...line} stroke-width={1.4} />
      )}
    </svg>
  );
}

export function Status({ of, word }: { of: StatusName; word?: string }) {
  return (
    <span class={`st ${of}`}>
      <Glyph of={of} />
      {word ?? STATUS[of]}
    </span>
  );
}
