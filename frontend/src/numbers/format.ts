// Figures as the page writes them: decimal strings in, text out, no float between.
// page.md, "Numbers", says each of these rules.

import {
  absolute,
  compare,
  decimal,
  type Decimal,
  one,
  plain,
  rounded,
  type Rounding,
  shift,
  ten,
  trimmed,
  zero,
} from "./decimal";

export const MINUS = "\u2212";
export const THIN = "\u202f"; // thin, no break: before %
export const NO_BREAK = "\u00a0"; // between a number and its unit
export const JOINER = "\u2060"; // no line ends here, and nothing is seen
export const DASH = "\u2013"; // does not apply
export const UNKNOWN = "?"; // missing; never 0, never blank

type Text = string | null | undefined;

const DIGITS: Record<string, number> = { USD: 2, USDT: 2, USDC: 2, BTC: 6, ETH: 5 };
export const digitsOf = (asset: Text): number => DIGITS[asset ?? "USDT"] ?? 4;

/** Thousands with commas, minus as a minus; a rounded zero has no sign. */
export function grouped(value: Decimal): string {
  const text = plain(value);
  const negative = text.startsWith("-") && value.digits !== 0n;
  const [whole = "0", fraction] = text.replace("-", "").split(".");
  const commas = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return (negative ? MINUS : "") + commas + (fraction ? "." + fraction : "");
}

const show = (text: Text, places: number, mode: Rounding = "even"): string => {
  const value = decimal(text);
  return value === null ? UNKNOWN : grouped(rounded(value, places, mode));
};

export const money = (text: Text, asset?: Text): string => show(text, digitsOf(asset));

/** An amount that must suffice rounds up. */
export const enough = (text: Text, asset?: Text): string => show(text, digitsOf(asset), "up");

/** With its sign, always: a gain says + and a loss −. */
export function signed(text: Text, asset?: Text): string {
  const value = decimal(text);
  if (value === null) return UNKNOWN;
  const cut = rounded(value, digitsOf(asset));
  return (cut.digits > 0n ? "+" : "") + grouped(cut);
}

/** One of two figures that are compared: two decimals, more where it would else lose its digits or look like the other. */
export function beside(text: Text, other: Text): string {
  const [value, against] = [decimal(text), decimal(other)];
  if (value === null) return UNKNOWN;
  const differ = against !== null && compare(value, against) !== 0;
  for (let places = Math.max(2, Math.min(8, significant(value, 4))); ; places += 1) {
    const cut = rounded(value, places);
    if (!differ || places >= 8 || compare(cut, rounded(against, places)) !== 0) return grouped(cut);
  }
}

/** How far two figures are apart, with its sign: what differs is never told as 0. */
export function apart(text: Text): string {
  const value = decimal(text);
  if (value === null) return UNKNOWN;
  const cut = rounded(value, Math.max(2, significant(value, 2)));
  return (cut.digits > 0n ? "+" : "") + grouped(cut);
}

/** Whole units, for totals in USD. */
export const whole = (text: Text): string => show(text, 0);

/** As given: sizes carry the digits of their venue. */
export function size(text: Text): string {
  const value = decimal(text);
  return value === null ? UNKNOWN : grouped(trimmed(value));
}

const tickPlaces = (tick: Decimal): number => trimmed(tick).scale;

/** A price to the digits of its tick; without a tick, to eight that say something. */
export function price(text: Text, tick?: Text): string {
  const value = decimal(text);
  if (value === null) return UNKNOWN;
  const step = decimal(tick);
  return step === null || step.digits <= 0n
    ? grouped(trimmed(rounded(value, significant(value, 8))))
    : grouped(rounded(value, tickPlaces(step)));
}

/** Decimals that keep `count` digits which say something. */
function significant(value: Decimal, count: number): number {
  const digits = absolute(value).digits;
  if (digits === 0n) return 0;
  return Math.max(0, count - (digits.toString().length - value.scale));
}

/** A liquidation price: to its tick, towards the mark, so that it never looks farther than it is. */
export function liquidation(text: Text, mark: Text, tick?: Text): string {
  const value = decimal(text);
  if (value === null) return UNKNOWN;
  const from = decimal(mark);
  const step = decimal(tick);
  const below = from === null || compare(value, from) < 0;
  const mode: Rounding = below ? "up" : "down";
  if (step === null || step.digits <= 0n) {
    return grouped(trimmed(rounded(value, significant(value, 8), mode)));
  }
  // count in ticks, whatever they are: 0.0001, 0.25, 5
  const scale = Math.max(value.scale, step.scale);
  const units = value.digits * ten(scale - value.scale);
  const tickUnits = step.digits * ten(scale - step.scale);
  let ticks = units / tickUnits;
  if (mode === "up" && units % tickUnits > 0n) ticks += 1n;
  return grouped(rounded({ digits: ticks * step.digits, scale: step.scale }, tickPlaces(step)));
}

const LINES = ["0.6", "0.7", "0.8", "1"];
const read = new Map<string, Decimal | null>();

/** A line as a number; the few that there are, are read once. */
function lineOf(text: string): Decimal | null {
  let found = read.get(text);
  if (found === undefined) {
    if (read.size > 1000) read.clear();
    read.set(text, (found = decimal(text)));
  }
  return found;
}

/** A share in per cent, one decimal; more where one would put it onto a line it has not reached. */
export function ratio(text: Text, lines: readonly string[] = LINES): string {
  const value = decimal(text);
  if (value === null) return UNKNOWN;
  const marks = [...lines, "1"].map(lineOf).filter((line) => line !== null);
  for (let places = 1; ; places += 1) {
    const cut = rounded(shift(value, 2), places);
    const back = shift(cut, -2);
    const crossed = marks.some((line) => Math.sign(compare(back, line)) !== Math.sign(compare(value, line)));
    if (!crossed || places > 40) return grouped(cut) + THIN + "%";
  }
}

/** A share of something in per cent, one decimal. */
export const share = (text: Text): string => ratio(text, []);

function percent(text: Text, mode: Rounding, sign: boolean): string {
  const value = decimal(text);
  if (value === null) return DASH;
  const hundred = shift(value, 2);
  const size = absolute(hundred);
  const places = size.digits === 0n ? 0 : compare(size, { digits: 10n, scale: 0 }) >= 0 ? 1 : leading(size) + 1;
  const cut = rounded(hundred, Math.max(0, places), mode);
  const plus = sign && cut.digits > 0n ? "+" : "";
  return plus + grouped(cut) + THIN + "%";
}

/** Decimals before the second digit that says something, of a number below ten. */
function leading(value: Decimal): number {
  return value.scale - value.digits.toString().length + 1;
}

/** A move: two digits that say something below ten per cent, one decimal above; with its sign. */
export const move = (text: Text): string => percent(text, "even", true);

/** A distance to the line: digits are cut, so it never looks farther than it is. */
export const near = (text: Text): string => percent(text, "down", true);

/** The same without its sign, where words say which way: "0.47 % away". */
export const away = (text: Text): string => {
  const value = decimal(text);
  return value === null ? DASH : percent(plain(absolute(value)), "down", false);
};

/** A chance: two digits that say something, and words for the ends. */
export function odds(text: Text): string {
  const value = decimal(text);
  if (value === null) return UNKNOWN;
  if (compare(value, { digits: 1n, scale: 3 }) < 0) return `<${THIN}0.1${THIN}%`;
  if (compare(value, { digits: 99n, scale: 2 }) > 0) return `>${THIN}99${THIN}%`;
  const hundred = shift(value, 2);
  const places = Math.max(0, leading(hundred) + 1);
  const cut = rounded(hundred, places);
  // 9.96 has its two digits as 10
  return grouped(places > 0 && leading(cut) + 1 < places ? rounded(hundred, places - 1) : cut) + THIN + "%";
}

/** Leverage: 31.41×. */
export function lever(text: Text): string {
  const value = decimal(text);
  return value === null ? UNKNOWN : grouped(trimmed(rounded(value, 2))) + "×";
}

/** A speed an hour in an asset; large ones without decimals. */
export function speed(text: Text, asset?: Text): string {
  const value = decimal(text);
  if (value === null) return UNKNOWN;
  const large = compare(absolute(value), { digits: 1000n, scale: 0 }) >= 0;
  const cut = rounded(value, large ? 0 : Math.min(4, digitsOf(asset)));
  return (cut.digits > 0n ? "+" : "") + grouped(cut);
}

/** Exactly what the API said, to be copied: no separators, ASCII minus, no exponent. */
export function exact(text: Text): string {
  const value = decimal(text);
  return value === null ? "" : plain(value);
}

/**
 * A text of the core with its figures as the page writes them: four decimals, more only where a figure
 * would else be told as another one in the text, or on its other side.
 */
export function readable(text: string): string {
  const others = (text.match(/(?<![\w.-])-?\d+(?:\.\d+)?/g) ?? []).map(decimal).filter((other) => other !== null);
  // a long figure that stands alone: not the digits of a name (1000PEPEUSDT) or of a day
  return text.replace(/(?<![\w.-])-?(?:\d{5,}(?:\.\d+)?|\d+\.\d{5,})(?![\w-])/g, (digits) => {
    const value = decimal(digits);
    if (value === null) return digits;
    if (value.scale < 5) return grouped(value);
    for (let places = Math.max(4, significant(value, 4)); ; places += 1) {
      const cut = rounded(value, places);
      if (others.every((other) => Math.sign(compare(cut, other)) === Math.sign(compare(value, other)) || compare(value, other) === 0)) return grouped(trimmed(cut));
      if (places >= value.scale) return grouped(value);
    }
  });
}

/** A text of the core as the page sets it: names of fields without their marks, an amount on one line with its unit. */
export const set = (text: string): string =>
  text.replaceAll("`", "").replace(/(?<=\w)\/both\b/g, "").replace(/(\d) (?=(?:s|min|h|d|ms|%|[A-Z]{3,5})(?![\w]))/g, `$1${NO_BREAK}`).replace(/(?<=\w)'(?=s\b)/g, "’");

/** A sentence of the core as the page says it: with a capital. */
export const told = (text: string): string =>
  set(text).replace(/^[a-z]+(?=[ ,:;]|$)/, (word) => word.charAt(0).toUpperCase() + word.slice(1));

/** The same as a sentence of its own, which has an end; within another it needs no capital. */
export const ended = (text: string, capital = true): string => (capital ? told : set)(/[.!?]$/.test(text) ? text : `${text}.`);

// ---- time -------------------------------------------------------------------------------------

const two = (n: number): string => String(n).padStart(2, "0");
export const moment = (text: Text): number | null => {
  const at = text == null ? NaN : Date.parse(text);
  return Number.isNaN(at) ? null : at;
};
export const clock = (at: number): string => {
  const d = new Date(at);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
};
export const seconds = (at: number): string => `${clock(at)}:${two(new Date(at).getUTCSeconds())}`;
export const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
/** A day to be read: no line ends within it. */
export const date = (at: number): string => day(at).replaceAll("-", `-${JOINER}`);

/** "13:35" today, "2026-11-20 13:35" on another day. */
export const when = (text: Text, now: number): string => {
  const at = moment(text);
  if (at === null) return UNKNOWN;
  return day(at) === day(now) ? seconds(at) : `${date(at)} ${clock(at)}`;
};
/** For hovering: local time beside UTC. */
export const local = (text: Text): string | undefined => {
  const at = moment(text);
  return at === null ? undefined : `${new Date(at).toLocaleString()} here, ${day(at)} ${seconds(at)} UTC`;
};

export function age(secs: number | null): string {
  if (secs === null || !Number.isFinite(secs)) return UNKNOWN;
  if (secs < 9.95) return Math.max(0, secs).toFixed(1) + " s";
  if (secs < 60) return Math.round(secs) + " s";
  if (secs < 3600) return Math.round(secs / 60) + " min";
  return secs < 172800 ? Math.round(secs / 3600) + " h" : Math.round(secs / 86400) + " d";
}

/** Time left, from hours: 41 min, 3 h 05, 12 d. */
export function span(hours: Text): string {
  const value = decimal(hours);
  if (value === null) return DASH;
  // cut, not rounded: what is left is never told as more
  const minutes = Number(rounded(shift(value, 0), 6, "down").digits) / 1e6 * 60;
  const m = Math.floor(minutes + 1e-9);
  if (m < 1) return "under 1 min";
  if (m < 60) return `${m} min`;
  return m < 2880 ? `${Math.floor(m / 60)} h ${two(m % 60)}` : `${Math.floor(m / 1440)} d`;
}

/** How long a record is, from days: "3 h", "12 d". */
export const spanOfDays = (days: string): string => span(String(Number(days) * 24));

export { compare, decimal, one, zero };

/** A fraction in percent, without what floats add: 0.55 is 55. */
export const inPercent = (fraction: string): number => Number((Number(fraction) * 100).toFixed(6));

/** A share that must suffice: two decimals, rounded up. */
export function percentUp(text: string, gap = THIN): string {
  const [whole = "0", fraction = ""] = text.split(".");
  const units = BigInt(whole + fraction.padEnd(4, "0").slice(0, 4)) + (/[1-9]/.test(fraction.slice(4)) ? 1n : 0n);
  const digits = units.toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}${gap}%`;
}
