// A figure shows its rounded self, carries its exact self, and opens its explanation.

import { explain } from "./explanation";
import { exact as exactDigits } from "../numbers/format";

interface Props {
  text: string;
  exact?: string | null;
  account: string;
  where: string;
  measure: string;
  label: string;
  class?: string;
}

export function Figure({ text, exact, account, where, measure, label, ...rest }: Props) {
  const digits = exactDigits(exact);
  return (
    <button
      type="button"
      class={`fig ${rest.class ?? ""}`}
      title={digits ? `exact: ${digits}` : undefined}
      data-explain={`${account} ${where} ${measure}`}
      data-exact={digits || undefined}
      aria-haspopup="dialog"
      aria-label={`${label} ${text}, explain`}
      onClick={() => explain(account, where, measure)}
    >
      {text}
    </button>
  );
}
