// What is repainted when: rows in view at once, rows out of view a few at a time, in turns.

import { computed, effect, signal, untracked, type ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AccountRow } from "../wire";
import { printing } from "./paper";
import type { Held } from "./state";
import { account, link, look, now, paints } from "./store";

const TURNS = 16; // a row out of view is at most so many repaints late, and at once where its status turns

const matching = (query: string): ReadonlySignal<boolean> => {
  const media = matchMedia(query);
  const found = signal(media.matches);
  media.addEventListener("change", () => (found.value = media.matches));
  return found;
};
const wide = matching("(min-width: 1241px)");
const narrow = matching("(max-width: 820px)");
// paper is laid out before it is known how wide it is, and once: what stands on it must stand there already
export const isWide = computed(() => wide.value && !printing.value);
export const isNarrow = computed(() => narrow.value || printing.value);

type Part = (row: AccountRow, held: Held, now: number) => void;

/** One row that is drawn. Its parts are told when its turn has come: what is not its turn costs nothing. */
export class Row {
  held: Held | null;
  inView = true;
  private at = 0; // the server's clock as it is to see it
  private readonly parts = new Set<Part>();
  private leave: (() => void) | null = null;
  constructor(
    readonly name: string,
    readonly turn: number,
  ) {
    this.held = account(name).peek();
  }
  /** The account as it is drawn, and as it was while it goes. */
  get row(): AccountRow | null {
    return this.held?.row ?? null;
  }
  bring(): void {
    this.held = account(this.name).peek() ?? this.held;
    this.at = now.peek();
    for (const part of this.parts) this.tell(part);
  }
  /** Tells a part now and whenever the row is brought, until the function that comes back is called. */
  follow(part: Part): () => void {
    this.at = now.peek();
    this.parts.add(part);
    this.tell(part);
    return () => this.parts.delete(part);
  }
  private tell(part: Part): void {
    if (this.held !== null) part(this.held.row, this.held, this.at);
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
    if (this.inView || (paint + this.turn) % TURNS === 0) return true;
    return account(this.name).peek()?.row.status !== this.row?.status;
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

let linked = link.peek();
effect(() => {
  const [paint, all] = [paints.value, printing.value || link.value !== linked, now.value];
  linked = link.value;
  untracked(() => {
    for (const row of drawn) if (all || row.isDue(paint)) row.bring();
  });
});

let next = 0;

/** The row of an account as it is to be drawn, and where its element goes. */
export function useDrawn<E extends Element>(name: string): [Row, RefObject<E | null>] {
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
  return [row, element];
}

/** Has a part drawn anew when what it says of its row is another. What `say` closes over stands for its life. */
export function useSaid(row: Row, say: (row: AccountRow) => readonly Text[]): void {
  const [, draw] = useState<readonly Text[]>([]);
  useLayoutEffect(() => {
    let last: readonly Text[] | null = null;
    return row.follow((of) => {
      const found = say(of);
      if (last !== null && !alike(found, last)) draw(found);
      last = found;
    });
  }, [row]);
}

/**
 * Where an element goes that follows a row by itself, for what changes with every price: `write` is called when
 * what is said is another, and nothing is drawn anew. What it writes does not stand in the JSX.
 */
export function useWritten<E extends Element>(
  row: Row,
  say: (row: AccountRow, held: Held, now: number) => string,
  write: (element: E, said: string, row: AccountRow) => void = writeText,
): (element: E | null) => void {
  return useMemo(() => {
    let leave: (() => void) | null = null;
    return (element) => {
      leave?.();
      let said: string | null = null;
      leave =
        element &&
        row.follow((of, held, at) => {
          const found = say(of, held, at);
          if (found !== said) write(element, (said = found), of);
        });
    };
  }, [row]);
}

export function writeText(element: Element, text: string): void {
  if (element.firstChild === null) element.textContent = text;
  else element.firstChild.nodeValue = text;
}

type Text = string | null;

const alike = (a: readonly Text[], b: readonly Text[]): boolean => a.length === b.length && a.every((text, i) => text === b[i]);

/** Texts made of signals, the same array until one of them is another: only then is anything drawn anew. */
export function texts<T extends readonly Text[]>(make: () => T): ReadonlySignal<T> {
  let last: T | null = null;
  return computed(() => {
    const found = make();
    if (last === null || !alike(found, last)) last = found;
    return last;
  });
}

/** What a part of the page says. `make` reads signals only; what it closes over stands for the part's life. */
export const useTexts = <T extends readonly Text[]>(make: () => T): T => useMemo(() => texts(make), []).value;
