// An answer that is asked for, asked again while it is looked at, and never torn away by a failure.

import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "./ask";
import { now } from "./store";

export interface Answer<T> {
  value: T | null;
  error: string | null;
  at: number | null; // when the value came, by marginline's clock
}

/**
 * Asks when `key` changes and every `every` milliseconds while the page is visible. The last good
 * answer stays until another comes for the same key; a failure is told beside it.
 */
export function useAsked<T>(key: string, question: (signal: AbortSignal) => Promise<T>, every = 0): Answer<T> {
  const [answer, set] = useState<Answer<T> & { key: string }>({ key, value: null, error: null, at: null });
  const asks = useRef(question);
  asks.current = question;
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      if (every > 0 && !stop.signal.aborted) timer = setTimeout(ask, every);
    };
    const ask = (): void => {
      if (document.hidden) return again();
      asks
        .current(stop.signal)
        .then(
          (value) => set({ key, value, error: null, at: now.peek() }),
          (error: unknown) => {
            if (stop.signal.aborted) return;
            set((old) => ({ ...(old.key === key ? old : { key, value: null, at: null }), error: words(error) }));
          },
        )
        .finally(again);
      return undefined;
    };
    ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, every]);
  return answer.key === key ? answer : { value: null, error: null, at: null };
}
