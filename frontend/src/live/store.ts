// The one place where the page's state lives: signals, fed by the socket some four times a second.

import { batch, computed, signal, type Signal } from "@preact/signals";
import type { AccountRow, AlertRow, Change, Delivering, Message, Settings, StoryLine, StreamRow, World } from "../wire";
import { fold, type Held, type State } from "./state";

export type Link = "connecting" | "live" | "lost";

export const link = signal<Link>("connecting");
export const lostFor = signal(0); // seconds without a word, while there is none
export const names = signal<readonly string[]>([]);
export const alerts = signal<readonly AlertRow[]>([]);
export const streams = signal<readonly StreamRow[]>([]);
export const story = signal<readonly StoryLine[]>([]);
export const world = signal<World | null>(null);
export const settings = signal<Settings | null>(null);
export const delivering = signal<Delivering | null>(null);
export const now = signal(0); // the server's clock, ms; moves once a second
export const skew = signal(0); // page clock less server clock, ms
export const loaded = signal(false);
export const paints = signal(0); // counts repaints, whether or not an account changed
// counts what concerns all rows together: one came, went or turned; else once a second: sums and orders
// over every account cost more than the rows that are looked at
export const revision = signal(0);

const held = new Map<string, Signal<Held | null>>();
let state: State | null = null;

/** The row of one account; only those that show it repaint when it changes. */
export function account(name: string): Signal<Held | null> {
  let found = held.get(name);
  if (!found) {
    found = signal<Held | null>(state?.accounts.get(name) ?? null);
    held.set(name, found);
  }
  return found;
}

export const rows = computed<readonly AccountRow[]>(() => {
  void revision.value;
  return state === null ? [] : [...state.accounts.values()].map((h) => h.row);
});

export const firing = computed(() => alerts.value.filter((a) => a.state === "firing"));
export const inNeed = computed(() => rows.value.filter((row) => row.status !== "healthy"));

let pending: State | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let due = Infinity; // when it paints
export const REPAINT_MS = 250;
const FOLLOWING_MS = 1_000; // what nobody looks at, or follows figures already shown, waits so long for others
const AT_ONCE = 2;
let spent = -Infinity; // the moment up to which repaints are spent: each takes REPAINT_MS of it

/** Takes a message in; false where it does not continue what is known. */
export function receive(message: Message): boolean {
  const next = fold(pending ?? state, message);
  if (next === null) return false;
  pending = next;
  // four repaints a second in the long run; after a rest the first two wait for nothing
  const wait = message.type === "snapshot" ? 0 : spent - (AT_ONCE - 1) * REPAINT_MS - performance.now();
  if (message.type === "change" && canWait(message)) later(FOLLOWING_MS);
  else if (wait <= 0) paint();
  else later(wait);
  return true;
}

/** Paint in so many milliseconds, or when it is due already. */
function later(wait: number): void {
  const at = performance.now() + wait;
  if (at >= due) return;
  clearTimeout(timer);
  [due, timer] = [at, setTimeout(paint, wait)];
}

const looks = new Map<string, number>(); // of each account, how many parts of the page in view show it

/** A part of the page that is in view shows an account, until the function that comes back is called. */
export function look(name: string): () => void {
  looks.set(name, (looks.get(name) ?? 0) + 1);
  return () => {
    const left = (looks.get(name) ?? 1) - 1;
    if (left > 0) looks.set(name, left);
    else looks.delete(name);
  };
}

/** Whether a message brings nothing but figures of rows out of view, and documents of figures already known. */
export function canWait(message: Change): boolean {
  if (message.gone.length || message.alerts.length || message.story.length) return false;
  if (message.moved.some((row) => looks.has(row.name))) return false;
  return message.accounts.every((row) => {
    const known = state?.accounts.get(row.name)?.row;
    if (known === undefined || known.status !== row.status) return false;
    return !looks.has(row.name) || (known.support === row.support && known.ratio === row.ratio);
  });
}

function paint(): void {
  clearTimeout(timer);
  due = Infinity;
  const next = pending;
  if (next === null) return;
  pending = null;
  spent = Math.max(spent, performance.now()) + REPAINT_MS;
  const old = state;
  state = next;
  performance.mark?.("repaint");
  batch(() => {
    paints.value += 1;
    link.value = "live";
    clearInterval(counting);
    loaded.value = true;
    const second = Math.floor(next.now / 1000) * 1000;
    let [came, turned] = [old?.accounts.size !== next.accounts.size, false];
    for (const [name, row] of next.accounts) {
      const before = old?.accounts.get(name);
      if (before === row) continue;
      came ||= before === undefined;
      turned ||= before?.row.status !== row.row.status;
      account(name).value = row;
    }
    for (const [name, of] of held) if (!next.accounts.has(name)) of.value = null;
    if (came) names.value = [...next.accounts.keys()];
    if (came || turned) revision.value += 1;
    else if (second !== now.peek()) setTimeout(() => (revision.value += 1)); // the rows in view go first
    if (old?.alerts !== next.alerts) alerts.value = [...next.alerts.values()];
    if (old?.streams !== next.streams) streams.value = [...next.streams.values()];
    if (old?.story !== next.story) story.value = next.story;
    world.value = next.world;
    settings.value = next.settings;
    if (JSON.stringify(delivering.peek()) !== JSON.stringify(next.delivering)) delivering.value = next.delivering;
    now.value = second;
    skew.value = Date.now() - next.now;
  });
}

const SILENT_S = 3; // before it is noticed
let counting: ReturnType<typeof setInterval> | undefined;

/** No word from the server: what is shown stays, and is told to be of then. */
export function lose(): void {
  if (link.value === "lost") return;
  link.value = loaded.value ? "lost" : "connecting";
  const since = Date.now();
  lostFor.value = SILENT_S;
  clearInterval(counting);
  counting = setInterval(() => (lostFor.value = Math.round((Date.now() - since) / 1000) + SILENT_S), 1000);
}

/** For tests: as if nothing had been heard. */
export function forget(): void {
  state = pending = null;
  held.clear();
  looks.clear();
  batch(() => {
    link.value = "connecting";
    loaded.value = false;
    names.value = [];
    alerts.value = [];
    streams.value = [];
    story.value = [];
    revision.value += 1;
  });
}
