// A sentence comes as parts, so that page, terminal and message word it from one place.

import type { ComponentChildren } from "preact";
import { to } from "../live/router";
import { account, now } from "../live/store";
import * as fmt from "../numbers/format";
import type { SentencePart, StatusName } from "../wire";
import { STATUS } from "../words";

export function Sentence({ parts, link = true }: { parts: readonly SentencePart[]; link?: boolean }) {
  return <>{parts.map((part, i) => <Part key={i} part={part} link={link} />)}</>;
}

function Part({ part, link }: { part: SentencePart; link: boolean }): ComponentChildren {
  const value = part.value;
  const name = part.kind === "account" ? (value ?? part.text) : null;
  if (name !== null) {
    const status = account(name).value?.row.status ?? "healthy";
    const tone = status === "healthy" ? "" : `${status} st-ink`;
    return link ? (
      <a class={`name ${tone}`} href={to.account(name)}>
        <b>{name}</b>
      </a>
    ) : (
      <b class={tone}>{name}</b>
    );
  }
  const text = partText(part);
  if (part.kind === "text") return fmt.set(text);
  if (part.kind === "status") return <b class={`${value} st-ink`}>{text}</b>;
  return <b title={fmt.exact(value) || undefined}>{text}</b>;
}

/** The part as plain text, for titles and for what is copied. */
export function partText(part: SentencePart): string {
  const value = part.value ?? null;
  if (value === null) return part.text ?? fmt.UNKNOWN;
  switch (part.kind) {
    case "amount":
      return withUnit(fmt.money(value, part.asset), part.asset);
    case "enough":
      return withUnit(fmt.enough(value, part.asset), part.asset);
    case "share":
      return fmt.percentUp(value);
    case "price":
      return fmt.price(value, tickOf(part.asset));
    case "size":
      return fmt.size(value);
    case "ratio":
      return fmt.ratio(value);
    case "move":
      return fmt.near(value);
    case "time":
      return fmt.when(value, now.peek());
    case "span":
      return fmt.age(Number(value));
    case "status":
      return STATUS[value as StatusName] ?? value;
    default:
      return part.text ?? value;
  }
}

const withUnit = (text: string, unit: string | null | undefined): string => (unit ? `${text} ${unit}` : text);

let ticks: (instrument: string) => string | null = () => null;
/** Tells sentences where to find the tick of an instrument. */
export const learnTicks = (find: (instrument: string) => string | null): void => {
  ticks = find;
};
const tickOf = (instrument: string | null | undefined): string | null => (instrument ? ticks(instrument) : null);

export const sentenceText = (parts: readonly SentencePart[]): string => parts.map(partText).join("");
