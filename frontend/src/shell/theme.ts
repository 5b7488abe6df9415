// Dark or light: the system's, until told otherwise.

import { effect, signal } from "@preact/signals";
import { printing } from "../live/paper";

export type Theme = "dark" | "light";

const KEPT = "theme";
const recall = (): string | null => {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a private window
  }
};
const system = matchMedia("(prefers-color-scheme: light)");
const asked = new URLSearchParams(location.search).get("theme");
const first = asked ?? recall();

export const theme = signal<Theme>(
  first === "light" || first === "dark" ? first : system.matches ? "light" : "dark",
);
let chosen = first === "light" || first === "dark";

system.addEventListener("change", () => {
  if (!chosen) theme.value = system.matches ? "light" : "dark";
});

export function turn(): void {
  chosen = true;
  theme.value = theme.value === "light" ? "dark" : "light";
  try {
    localStorage.setItem(KEPT, theme.value);
  } catch {
    // a private window: it lasts as long as the page
  }
}

/** Paper is light, whatever the screen is. A canvas keeps the inks of the screen: the sheet turns them over. */
function show(printed: boolean): void {
  const root = document.documentElement.dataset;
  root["theme"] = printed ? "light" : theme.value;
  root["inks"] = theme.value;
}

effect(() => show(printing.value));

/** A colour token, as it is now; pictures on a canvas read it when they draw. */
export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
