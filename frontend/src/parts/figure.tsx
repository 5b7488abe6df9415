// A figure shows its rounded self, carries its exact self, and opens its explanation.

import { explain } from "./explanation";
import { writeText } from "../live/view";
import { exact as exactDigits } from "../numbers/format";

interface Props {
  text: string | ((button: HTMLButtonElement | null) => void); // a function: it writes the figure by itself
  exact?: string | null | (() => string | null); // a function: asked for when it is looked at
  account: string;
  where: string;
  measure: string;
  label: string;
  class?: string;
}

export function Figure({ text, exact, account, where, measure, label, ...rest }: Props) {
  const written = typeof text === "string" ? null : text;
  const later = typeof exact === "function";
  const digits = later ? "" : exactDigits(exact);
  const tell = (event: Event): void => {
    const found = later ? exactDigits(exact()) : "";
    if (found && event.currentTarget instanceof HTMLElement) event.currentTarget.title = `exact: ${found}`;
  };
  return (
    <button
      type="button"
      ref={written}
      class={`fig ${rest.class ?? ""}`}
      title={digits ? `exact: ${digits}` : undefined}
      onPointerEnter={later ? tell : undefined}
      onFocus={later ? tell : undefined}
      data-explain={`${account} ${where} ${measure}`}
      data-exact={digits || undefined}
      aria-haspopup="dialog"
      aria-label={written ? undefined : nameOf(label, text as string)}
      onClick={() => explain(account, where, measure)}
    >
      {written ? undefined : text}
    </button>
  );
}

const nameOf = (label: string, text: string): string => `${label} ${text}, explain`;

/** Writes a figure into its button. */
export const writeFigure = (label: string) => (button: HTMLButtonElement, text: string): void => {
  writeText(button, text);
  button.setAttribute("aria-label", nameOf(label, text));
};
