// What the page knows of the server, folded from its messages. Pure: no socket, no clock, no DOM.

import { moment } from "../numbers/format";
import type {
  AccountRow,
  AlertRow,
  Change,
  Delivering,
  Message,
  Settings,
  Snapshot,
  StoryLine,
  StreamRow,
  World,
} from "../wire";

/** A row and the server's time when it came: its ages count on from there. */
export interface Held {
  readonly row: AccountRow;
  readonly at: number;
}

export interface State {
  readonly boot: string;
  readonly seq: number;
  readonly now: number;
  readonly accounts: ReadonlyMap<string, Held>;
  readonly alerts: ReadonlyMap<string, AlertRow>;
  readonly streams: ReadonlyMap<string, StreamRow>;
  readonly story: readonly StoryLine[];
  readonly world: World | null;
  readonly settings: Settings;
  readonly delivering: Delivering;
}

export const streamKey = (s: StreamRow): string => `${s.venue}/${s.account ?? ""}/${s.name}`;

const STORY_MAX = 200;

/**
 * The state after a message; null where the message does not continue what is known (one was lost,
 * or the server began anew): then only a snapshot helps.
 */
export function fold(state: State | null, message: Message): State | null {
  if (message.type === "snapshot") return fresh(message);
  if (state === null || message.since !== state.seq) return null;
  return changed(state, message);
}

function fresh(m: Snapshot): State {
  const now = moment(m.now) ?? 0;
  return {
    boot: m.boot,
    seq: m.seq,
    now,
    accounts: new Map(m.accounts.map((row) => [row.name, { row, at: now }])),
    alerts: new Map(m.alerts.map((a) => [a.id, a])),
    streams: new Map(m.streams.map((s) => [streamKey(s), s])),
    story: m.story ?? [],
    world: m.world,
    settings: m.settings,
    delivering: m.delivering,
  };
}

function changed(state: State, m: Change): State {
  const now = moment(m.now) ?? state.now;
  let { accounts, alerts, streams, story } = state;
  if (m.accounts.length || m.moved.length || m.gone.length) {
    const next = new Map(accounts);
    for (const row of m.accounts) next.set(row.name, { row, at: now });
    for (const { sentence, ...figures } of m.moved) {
      const row = next.get(figures.name)?.row;
      if (row) next.set(row.name, { row: { ...row, ...figures, sentence: sentence ?? row.sentence }, at: now });
    }
    for (const name of m.gone) next.delete(name);
    accounts = next;
  }
  if (m.alerts.length) alerts = new Map([...alerts, ...m.alerts.map((a) => [a.id, a] as const)]);
  if (m.streams.length) {
    streams = new Map([...streams, ...m.streams.map((s) => [streamKey(s), s] as const)]);
  }
  if (m.story.length) story = [...story, ...m.story].slice(-STORY_MAX);
  return { ...state, seq: m.seq, now, accounts, alerts, streams, story, world: m.world ?? state.world, delivering: m.delivering };
}

/** Age in seconds of the oldest input that the account's judgement needs; null: never seen. */
export function ageOf(held: Held, now: number): number | null {
  const told = held.row.ages.oldest;
  return told === null ? null : Number(told) + Math.max(0, now - held.at) / 1000;
}
