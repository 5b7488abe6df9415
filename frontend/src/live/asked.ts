// An answer that is asked for, asked again while it is looked at, and never torn away by a failure.

import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "./ask";
import { now } from "./store";

export interface Answer<T> {
  asking: boolean; // the value is of the question before, until this one is answered
  value: T | null;
  error: string | null;
  at: number | null; // when the value came, by marginline's clock
}

type Held<T> = Omit<Answer<T>, "asking"> & { key: string; kept: string };

/**
 * Asks when `key` changes and every `every` milliseconds while the page is visible. The last good
 * answer stays until another comes for the same key; a failure is told beside it. With `kept`, the
 * answers of other keys with the same `kept` stay meanwhile, as those of the question before.
 */
export function useAsked<T>(key: string, question: (signal: AbortSignal) => Promise<T>, every = 0, kept = key): Answer<T> {
  const [answer, set] = useState<Held<T>>({ key, kept, value: null, error: null, at: null });
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
          (value) => set({ key, kept, value, error: null, at: now.peek() }),
          (error: unknown) => {
            if (stop.signal.aborted) return;
            set((old) => ({ ...(old.key === key ? old : { key, kept, value: null, at: null }), error: words(error) }));
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
  if (answer.key === key) return { ...answer, asking: false };
  return answer.kept === kept ? { value: answer.value, error: null, at: answer.at, asking: true } : { value: null, error: null, at: null, asking: true };
}
