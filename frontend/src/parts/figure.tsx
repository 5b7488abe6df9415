// A figure shows its rounded self, carries its exact self, and opens its explanation.

import { computed, Signal, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { explain } from "./explanation";
import { exact as exactDigits } from "../numbers/format";

interface Props {
  text: string | ReadonlySignal<string>; // a signal writes its text by itself, nothing is drawn anew
  exact?: string | null | (() => string | null); // a function: asked for when it is looked at
  account: string;
  where: string;
  measure: string;
  label: string;
  class?: string;
}

export function Figure({ text, exact, account, where, measure, label, ...rest }: Props) {
  const named = useMemo(
    () => (text instanceof Signal ? computed(() => `${label} ${text.value}, explain`) : `${label} ${text}, explain`),
    [text, label],
  );
  const later = typeof exact === "function";
  const digits = later ? "" : exactDigits(exact);
  const tell = (event: Event): void => {
    const found = later ? exactDigits(exact()) : "";
    if (found && event.currentTarget instanceof HTMLElement) event.currentTarget.title = `exact: ${found}`;
  };
  return (
    <button
      type="button"
      class={`fig ${rest.class ?? ""}`}
      title={digits ? `exact: ${digits}` : undefined}
      onPointerEnter={later ? tell : undefined}
      onFocus={later ? tell : undefined}
      data-explain={`${account} ${where} ${measure}`}
      data-exact={digits || undefined}
      aria-haspopup="dialog"
      aria-label={named}
      onClick={() => explain(account, where, measure)}
    >
      {text}
    </button>
  );
}
