// The fields of a band: how each is typed, and what is wrong with what was typed, field by field.

import { compare, decimal, plain, shift, trimmed } from "../../numbers/decimal";
import type { Bands } from "../../wire";

export type Field = keyof Bands;
export interface Input {
  field: Field;
  label: string;
  unit: string;
  /** What is typed, as it goes to the API; null: it is no such thing. */
  read: (text: string) => string | number | null;
  write: (bands: Bands) => string;
}

const percent = (text: string): string | null => {
  const value = decimal(text.trim());
  return value === null || value.digits < 0n ? null : plain(trimmed(shift(value, -2)));
};
const LONGEST_MIN = 10_080; // seven days
const minutes = (text: string): number | null => {
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(value) && value >= 0 && value <= LONGEST_MIN ? Math.round(value * 60) : null;
};
export const hundred = (text: string): string => {
  const value = decimal(text);
  return value === null ? "" : plain(trimmed(shift(value, 2)));
};
const share = (field: "target" | "warn" | "act" | "rearm", label: string, unit = "%"): Input => ({
  field,
  label,
  unit,
  read: percent,
  write: (b) => hundred(b[field]),
});
const time = (field: "dwell_s" | "cooldown_s" | "remind_s", label: string): Input => ({
  field,
  label,
  unit: "min",
  read: minutes,
  write: (b) => String(b[field] / 60),
});

export const MAIN: [Input, string][] = [
  [share("target", "Target"), "plans lead back to it"],
  [share("warn", "Warn"), "told once"],
  [share("act", "Act"), "told with the plan in numbers; reminds"],
];
export const MORE: Input[] = [
  share("rearm", "Re-arm below, by", "pp"),
  time("dwell_s", "Must last"),
  time("cooldown_s", "At most once in"),
  time("remind_s", "Remind every"),
];
export const ALL = [...MAIN.map(([input]) => input), ...MORE];

export type Typed = Partial<Record<Field, string>>;
export type Faults = Partial<Record<Field, string>>;

/** The bands as they would be, and what is wrong, at the field that is to be mended. */
export function readBands(bands: Bands, typed: Typed): { wanted: Bands; faults: Faults } {
  const made = { ...bands } as Record<Field, string | number>;
  const faults: Faults = {};
  for (const { field, unit, read } of ALL) {
    const text = typed[field];
    if (text === undefined) continue;
    const value = read(text);
    if (value !== null) made[field] = value;
    else faults[field] = unit === "min" ? `“${text}” is no number of minutes from 0 to 10,080, which is 7 days.` : `“${text}” is no per cent, 0 or more.`;
  }
  const wanted = made as unknown as Bands;
  const order = (low: Field & ("target" | "warn" | "rearm"), high: "warn" | "act", text: string, strict = false): void => {
    if (faults[low] || faults[high]) return;
    const found = compared(wanted[low], wanted[high]);
    if (found > 0 || (strict && found === 0)) faults[low] = text;
  };
  for (const field of ["target", "warn", "act"] as const) {
    if (!faults[field] && (compared(wanted[field], "0") <= 0 || compared(wanted[field], "1") >= 0)) faults[field] = "It must lie between 0 and 100 %: at 100 % the venue acts.";
  }
  order("target", "warn", "Target must not lie above warn.");
  order("warn", "act", "Warn must not lie above act.");
  order("rearm", "warn", "It must be less than warn.", true);
  return { wanted, faults };
}

function compared(a: string, b: string): number {
  const [x, y] = [decimal(a), decimal(b)];
  return x === null || y === null ? 0 : compare(x, y);
}
