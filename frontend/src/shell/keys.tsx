// One letter each; all of them can be switched off (WCAG 2.1.4), and none fires in a field.

import { signal } from "@preact/signals";
import { accountName, go, place, query, to } from "../live/router";
import { names } from "../live/store";
import { closeDrawer, drawer, openDrawer } from "../parts/drawer";
import { openFind } from "./find";
import { turn } from "./theme";

const KEYS: [string, string][] = [
  ["j / k", "next, previous row"],
  ["↵", "open the row"],
  ["e", "explain the figure in focus, or the row's first"],
  ["w", "what if, for this account"],
  ["[ / ]", "previous, next account"],
  ["a", "acknowledge the alert in focus"],
  ["m", "mute it for an hour"],
  ["b", "bands of this account"],
  ["c", "copy the planned action"],
  ["g then o, w, a, r, d", "go to a place"],
  ["/", "find an account, symbol, rule code"],
  ["t", "dark or light"],
  ["p", "print or save as PDF"],
  ["esc", "close"],
  ["?", "this list"],
];

const KEPT = "single-keys";
const recalled = (): boolean => {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
};
const singleKeys = signal(recalled());

export const openHelp = (): void => openDrawer({ title: "Keys", body: <Help /> });

function Help() {
  return (
    <>
      <table>
        <caption class="unseen">Keys</caption>
        <tbody>
          {KEYS.map(([key, does]) => (
            <tr class="quiet" key={key}>
              <td class="nowrap">
                <span class="key shown">{key}</span>
              </td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => {
            singleKeys.value = event.currentTarget.checked;
            try {
              localStorage.setItem(KEPT, singleKeys.value ? "on" : "off");
            } catch {
              // a private window: it lasts as long as the page
            }
          }}
        />
        Single keys (Escape always closes)
      </label>
    </>
  );
}

const visible = (el: HTMLElement): boolean => el.offsetParent !== null;
const rowsOnPage = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-row]")].filter(visible);
const rowInFocus = (): HTMLElement | null => document.activeElement?.closest<HTMLElement>("[data-row]") ?? null;

function step(by: number): void {
  const rows = rowsOnPage();
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, here + by));
  rows[next]?.querySelector<HTMLElement>("a, button")?.focus();
}

/** Presses the button of that deed: in the row in focus, or on the plan that belongs to it. */
function press(deed: string): void {
  const row = rowInFocus();
  // without a row in focus a key means the account that is open, never whichever row stands first
  const near = row ? [row, row.nextElementSibling, row.parentElement] : accountName.value ? [document.body] : [];
  for (const box of near) {
    const found = [...(box?.querySelectorAll<HTMLButtonElement>(`[data-deed="${deed}"]`) ?? [])].find(visible);
    if (found) return found.click();
    if (row && box === row.nextElementSibling && box?.hasAttribute("data-row")) return undefined;
  }
  return undefined;
}

/** Explains the figure in focus; of a row in focus, its first. */
function explain(): void {
  const figure = document.activeElement?.closest<HTMLElement>("[data-explain]") ?? rowInFocus()?.querySelector<HTMLElement>("[data-explain]");
  figure?.click();
}

const accountInView = (): string | null =>
  rowInFocus()?.dataset["account"] ?? accountName.value ?? query.value.get("account");

function beside(by: number): void {
  const list = names.value;
  const here = list.indexOf(accountName.value ?? "");
  const next = list[(here + by + list.length) % list.length];
  if (place.value === "account" && next) go(to.account(next));
}

let chord = false;
const CHORD: Record<string, string> = { o: to.overview, w: to.whatIf(), a: to.alerts(), r: to.rules(), d: to.connections };

export function onKey(event: KeyboardEvent): void {
  const { key } = event;
  if (key === "Escape") {
    if (drawer.value !== null) closeDrawer();
    return;
  }
  const field = event.target instanceof Element && event.target.closest("input, select, textarea, [role=slider]");
  if (field || event.metaKey || event.ctrlKey || event.altKey || !singleKeys.value) return;
  if (chord) {
    chord = false;
    const where = CHORD[key];
    if (where) go(where);
    return;
  }
  const account = accountInView();
  const deeds: Record<string, () => void> = {
    j: () => step(1),
    k: () => step(-1),
    g: () => (chord = true),
    e: explain,
    w: () => go(to.whatIf(account ?? undefined)),
    b: () => go(to.alerts(account ?? undefined)),
    a: () => press("acknowledge"),
    m: () => press("mute"),
    c: () => press("copy-plan"),
    "[": () => beside(-1),
    "]": () => beside(1),
    "/": openFind,
    "?": openHelp,
    t: turn,
    p: () => print(),
  };
  const deed = deeds[key];
  if (!deed) return;
  event.preventDefault();
  deed();
}
