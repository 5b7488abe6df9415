// What is repainted when: rows in view at once, rows out of view a few at a time, in turns.

import { batch, computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Held } from "./state";
import { account, look, now, paints } from "./store";

const TURNS = 16; // a row out of view is at most so many repaints late, and at once where its status turns
export const printing = signal(false);
addEventListener("beforeprint", () => (printing.value = true));
addEventListener("afterprint", () => (printing.value = false));

const wide = matchMedia("(min-width: 1241px)");
export const isWide = signal(wide.matches);
wide.addEventListener("change", () => (isWide.value = wide.matches));

/** A row that is drawn: what of it, the server's clock as it is to see it, and where its element goes. */
export interface Drawn<E> {
  readonly held: ReadonlySignal<Held | null>;
  readonly last: ReadonlySignal<Held>; // as `held`, and as it was while the account goes
  readonly now: ReadonlySignal<number>;
  readonly element: preact.RefObject<E | null>;
}

/** One row that is drawn. Written to when its turn has come: what is not its turn costs nothing. */
class Row {
  readonly held = signal<Held | null>(null);
  readonly now = signal(0);
  inView = true;
  private leave: (() => void) | null = null;
  constructor(
    readonly name: string,
    readonly turn: number,
  ) {
    this.bring();
  }
  bring(): void {
    this.held.value = account(this.name).peek();
    this.now.value = now.peek();
  }
  seen(inView: boolean): void {
    this.inView = inView;
    this.leave?.();
    this.leave = inView ? look(this.name) : null;
    if (inView) this.bring(); // also what came between drawing and now
  }
  gone(): void {
    this.leave?.();
    this.leave = null;
  }
  isDue(paint: number): boolean {
    if (this.inView || printing.peek() || (paint + this.turn) % TURNS === 0) return true;
    return account(this.name).peek()?.row.status !== this.held.peek()?.row.status;
  }
}

const drawn = new Set<Row>();
const seen = new WeakMap<Element, Row>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const row = seen.get(target);
      if (row !== undefined && drawn.has(row)) row.seen(isIntersecting);
    }
  },
  { rootMargin: "100px" },
);

effect(() => {
  const [paint] = [paints.value, printing.value, now.value];
  batch(() => {
    for (const row of drawn) if (row.isDue(paint)) row.bring();
  });
});

let next = 0;

/** The row of an account as it is to be drawn. */
export function useDrawn<E extends Element>(name: string): Drawn<E> {
  const element = useRef<E>(null);
  const row = useMemo(() => new Row(name, (next = (next + 1) % TURNS)), [name]);
  useLayoutEffect(() => {
    drawn.add(row);
    row.seen(true);
    return () => {
      drawn.delete(row);
      row.gone();
    };
  }, [row]);
  useEffect(() => {
    const box = element.current;
    if (!box) return undefined;
    seen.set(box, row);
    observer.observe(box);
    return () => observer.unobserve(box);
  }, [row]);
  return useMemo(() => {
    let known: Held;
    return { held: row.held, now: row.now, last: computed(() => (known = row.held.value ?? known)), element };
  }, [row]);
}

type Text = string | null;

/** Texts made of signals, the same array until one of them is another: only then is anything drawn anew. */
export function texts<T extends readonly Text[]>(make: () => T): ReadonlySignal<T> {
  let last: T | null = null;
  return computed(() => {
    const found = make();
    if (last === null || found.length !== last.length || found.some((text, i) => text !== last?.[i])) last = found;
    return last;
  });
}

/** What a part of the page says. `make` reads signals only; what it closes over stands for the part's life. */
export const useTexts = <T extends readonly Text[]>(make: () => T): T => useMemo(() => texts(make), []).value;
