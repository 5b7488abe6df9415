// Small deeds: what was done is said on the button itself, and to a screen reader.

import { JOINER } from "../numbers/format";
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { words } from "../live/ask";

const told = signal("");
export const say = (text: string): void => {
  told.value = text;
};
export const Told = () => (
  <div class="unseen" role="status">
    {told.value}
  </div>
);

/** Read aloud when it becomes another text: of what turned, never of figures that move with each price. */
export const Heard = ({ children }: { children: string }) => (
  <div class="unseen" role="status">
    {children}
  </div>
);

interface Props {
  children: ComponentChildren;
  done: string; // what the button says once it is done
  deed: () => Promise<unknown> | void;
  lasting?: boolean; // stays done
  class?: string;
  disabled?: boolean;
  label?: string;
  deedName?: string; // which single key presses it
}

/** A button that does something, says that it was done, and says why when it was not. */
export function Deed({ children, done, deed, lasting = false, disabled, label, deedName, ...rest }: Props) {
  const [state, set] = useState<"idle" | "done" | string>("idle");
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => () => handOn(button.current), []);
  const over = state === "done" && lasting;
  useEffect(() => {
    if (state === "idle" || (state === "done" && lasting)) return undefined;
    const timer = setTimeout(() => set("idle"), state === "done" ? 1600 : 6000);
    return () => clearTimeout(timer);
  }, [state, lasting]);
  const press = async (): Promise<void> => {
    if (over) return;
    try {
      await deed();
      set("done");
      say(done);
    } catch (error) {
      set(words(error));
      say(words(error));
    }
  };
  return (
    <>
      <button
        class={`btn ${rest.class ?? ""}`}
        type="button"
        data-deed={deedName}
        aria-label={state === "idle" ? label : undefined}
        disabled={disabled}
        aria-disabled={over ? "true" : undefined /* not disabled: it would lose the focus */}
        ref={button}
        onClick={press}
      >
        {state === "done" ? done : children}
      </button>
      {state !== "idle" && state !== "done" && <span class="cap liquidation st-ink">{state}</span>}
    </>
  );
}

/** A button that goes with what it did hands its focus on: to the same row where that stands now, or to its neighbour. */
function handOn(gone: HTMLElement | null): void {
  if (gone === null || document.activeElement !== gone) return;
  const row = (gone.closest<HTMLElement>("[data-row]") ?? gone.closest("tbody")?.querySelector<HTMLElement>("[data-row]"))?.dataset["row"];
  const section = gone.closest("section");
  setTimeout(() => {
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const again = row === undefined ? undefined : [...document.querySelectorAll<HTMLElement>("[data-row]")].find((el) => el.dataset["row"] === row && el.offsetParent !== null);
    const next = again?.querySelector<HTMLElement>("a, button") ?? (section?.isConnected ? section.querySelector<HTMLElement>("a, button") : null);
    (next ?? document.getElementById("main"))?.focus({ preventScroll: true });
  });
}

/** Onto the clipboard; where there is none (plain http to another host) a selection does it. */
export async function copy(text: string): Promise<void> {
  text = text.replaceAll(JOINER, ""); // what only keeps a line together is not copied
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  return undefined;
}

/** A file for the reader to keep. */
export function save(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const cell = (text: string): string => {
  // a spreadsheet must not run what a symbol or a name says
  const safe = /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? "'" + text : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
export const csv = (rows: readonly (readonly (string | null | undefined)[])[]): string =>
  rows.map((row) => row.map((value) => cell(value ?? "")).join(",")).join("\r\n") + "\r\n";
