// Decimal strings, exactly. Figures never pass through a float on their way to the reader.

/** A decimal number: digits × 10^-scale. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export type Rounding = "even" | "down" | "up"; // half to even; towards zero; away from zero

const SHAPE = /^([+-])?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The number that the text says, or null when it says none. */
export function decimal(text: string | null | undefined): Decimal | null {
  const found = text == null ? null : SHAPE.exec(text.trim());
  if (!found) return null;
  const [, sign, whole = "", fraction = "", power = "0"] = found;
  let digits = BigInt(whole + fraction);
  if (sign === "-") digits = -digits;
  const scale = fraction.length - Number(power);
  if (Math.abs(scale) > 400) return null;
  return scale >= 0 ? { digits, scale } : { digits: digits * ten(-scale), scale: 0 };
}

const TENS = Array.from({ length: 64 }, (_, n) => 10n ** BigInt(n));
export const ten = (n: number): bigint => TENS[n] ?? 10n ** BigInt(n);
export const zero: Decimal = { digits: 0n, scale: 0 };
export const one: Decimal = { digits: 1n, scale: 0 };

const common = (a: Decimal, b: Decimal): [bigint, bigint, number] => {
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * ten(scale - a.scale), b.digits * ten(scale - b.scale), scale];
};

export function compare(a: Decimal, b: Decimal): number {
  const [x, y] = common(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function add(a: Decimal, b: Decimal): Decimal {
  const [x, y, scale] = common(a, b);
  return { digits: x + y, scale };
}

export const negate = (a: Decimal): Decimal => ({ digits: -a.digits, scale: a.scale });
export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negate(b));
export const multiply = (a: Decimal, b: Decimal): Decimal => ({
  digits: a.digits * b.digits,
  scale: a.scale + b.scale,
});
export const absolute = (a: Decimal): Decimal => (a.digits < 0n ? negate(a) : a);

/** a / b to `places`, towards zero; null where b is zero. */
export function divide(a: Decimal, b: Decimal, places: number): Decimal | null {
  if (b.digits === 0n) return null;
  const digits = (a.digits * ten(places + b.scale)) / (b.digits * ten(a.scale));
  return { digits, scale: places };
}

/** a × 10^n. */
export function shift(a: Decimal, n: number): Decimal {
  const scale = a.scale - n;
  return scale >= 0 ? { digits: a.digits, scale } : { digits: a.digits * ten(-scale), scale: 0 };
}

/** Rounded to `places` decimals; the scale of the answer is `places`. */
export function rounded(a: Decimal, places: number, mode: Rounding = "even"): Decimal {
  if (a.scale <= places) return { digits: a.digits * ten(places - a.scale), scale: places };
  const unit = ten(a.scale - places);
  const negative = a.digits < 0n;
  const size = negative ? -a.digits : a.digits;
  let whole = size / unit;
  const rest = size % unit;
  const half = rest * 2n;
  if (mode === "up" && rest > 0n) whole += 1n;
  if (mode === "even" && (half > unit || (half === unit && whole % 2n === 1n))) whole += 1n;
  return { digits: negative ? -whole : whole, scale: places };
}

/** The plain digits with an ASCII minus, as they are copied. */
export function plain(a: Decimal): string {
  const negative = a.digits < 0n;
  const all = (negative ? -a.digits : a.digits).toString().padStart(a.scale + 1, "0");
  const whole = a.scale ? all.slice(0, -a.scale) : all;
  const fraction = a.scale ? "." + all.slice(-a.scale) : "";
  return (negative ? "-" : "") + whole + fraction;
}

/** Without zeros at its end. */
export function trimmed(a: Decimal): Decimal {
  let { digits, scale } = a;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return { digits, scale };
}

/** For placing a point in a picture, and for nothing that is read as a figure. */
export const place = (text: string | null | undefined): number | null => {
  if (text == null) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
};
