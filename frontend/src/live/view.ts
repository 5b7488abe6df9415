// What is repainted when: rows in view at once, rows out of view a few at a time, in turns.

import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Held } from "./state";
import { account, paints } from "./store";

const TURNS = 8; // a row out of view is at most so many repaints late, and at once where its status turns
export const printing = signal(false);
addEventListener("beforeprint", () => (printing.value = true));
addEventListener("afterprint", () => (printing.value = false));

const wide = matchMedia("(min-width: 1241px)");
export const isWide = signal(wide.matches);
wide.addEventListener("change", () => (isWide.value = wide.matches));

const turns = Array.from({ length: TURNS }, (_, i) => computed(() => Math.floor((paints.value + i) / TURNS)));
const statuses = new Map<string, ReadonlySignal<string | null>>();
const statusOf = (name: string): ReadonlySignal<string | null> => {
  let found = statuses.get(name);
  if (!found) {
    found = computed(() => account(name).value?.row.status ?? null);
    statuses.set(name, found);
  }
  return found;
};

const seen = new WeakMap<Element, Signal<boolean>>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const of = seen.get(entry.target);
      if (of && of.value !== entry.isIntersecting) of.value = entry.isIntersecting;
    }
  },
  { rootMargin: "100px" },
);

let next = 0;

/** The row to draw, and where to put the reference to what is drawn. */
export function useHeld<E extends Element>(name: string): [Held | null, preact.RefObject<E | null>] {
  const element = useRef<E>(null);
  const inView = useMemo(() => signal(true), []);
  const turn = useMemo(() => turns[(next = (next + 1) % TURNS)]!, []);
  useEffect(() => {
    const box = element.current;
    if (!box) return undefined;
    seen.set(box, inView);
    observer.observe(box);
    return () => observer.unobserve(box);
  }, []);
  const held = useMemo(
    () =>
      computed(() => {
        const row = account(name);
        if (inView.value || printing.value) return row.value;
        void statusOf(name).value;
        void turn.value;
        return row.peek();
      }),
    [name],
  );
  return [held.value, element];
}
