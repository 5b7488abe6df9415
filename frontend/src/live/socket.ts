// The socket: opens, listens, notices silence, comes back.

import { effect } from "@preact/signals";
import type { Message, WatchAccounts } from "../wire";
import { accountName, query } from "./router";
import { link, look, lose, receive } from "./store";
import { probe, protocols, wanted } from "./token";

const SILENCE_MS = 3_500; // the server says something at least once a second
const FIRST_MS = 500;
const LONGEST_MS = 8_000;

export function listen(): () => void {
  let socket: WebSocket | null = null;
  let wait = FIRST_MS;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  let watched: string[] = [];
  const tellWatched = (): void => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    const message: WatchAccounts = { type: "watch", accounts: watched };
    socket.send(JSON.stringify(message));
  };

  const quiet = (): void => {
    lose();
    socket?.close();
  };
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(quiet, SILENCE_MS);
  };
  let halted = false;
  const open = (): void => {
    // while a token is asked for, each further try is a wrong one
    halted = wanted.peek();
    if (halted) return;
    const address = new URL("/api/v1/stream", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(address, protocols());
    socket = mine;
    heard();
    mine.onopen = tellWatched;
    mine.onmessage = (event: MessageEvent<string>) => {
      if (socket !== mine) return;
      heard();
      wait = FIRST_MS;
      // a message that does not continue what is known: begin again with a snapshot
      if (!receive(JSON.parse(event.data) as Message)) mine.close();
    };
    mine.onclose = () => {
      if (socket !== mine || ended) return;
      socket = null;
      clearTimeout(silence);
      silence = setTimeout(lose, 1_000);
      if (link.peek() !== "live") void probe();
      again = setTimeout(open, wait * (0.7 + Math.random() * 0.6));
      wait = Math.min(wait * 2, LONGEST_MS);
    };
  };
  // of the account in view the server sends its pools with every row, however many accounts there are
  const unwatch = effect(() => {
    const name = accountName.value ?? query.value.get("account");
    watched = name === null ? [] : [name];
    tellWatched();
    return name === null ? undefined : look(name);
  });
  const untoken = effect(() => {
    if (!wanted.value && halted) {
      wait = FIRST_MS;
      open();
    }
  });
  open();
  return () => {
    ended = true;
    unwatch();
    untoken();
    clearTimeout(silence);
    clearTimeout(again);
    socket?.close();
  };
}
