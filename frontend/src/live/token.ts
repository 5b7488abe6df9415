// Away from loopback marginline asks for a token. It travels in headers, never in an address: an
// address given as …/#token=… keeps it behind the #, which no server sees, and it is taken off at once.

import { signal } from "@preact/signals";

const KEPT = "token";
const remembered = (): string | null => {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
};

function fromAddress(): string | null {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (found === null) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return found;
}

let token: string | null = null;
export const wanted = signal(false); // it asks for one, and ours is missing or wrong
export const refused = signal(""); // why the one that was given is not taken

export function setToken(text: string): void {
  token = text.trim() || null;
  try {
    if (token) sessionStorage.setItem(KEPT, token);
  } catch {
    // a private window: it lasts as long as the page
  }
  wanted.value = false;
}

const given = fromAddress();
if (given !== null) setToken(given);
else token = remembered();

export const authorization = (): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {});
export const protocols = (): string[] => (token ? ["marginline", `bearer.${token}`] : []);

/** Whether a token is what is missing, asked when the stream does not open. */
export async function probe(): Promise<void> {
  try {
    const response = await fetch("/api/v1/health", { headers: authorization() });
    const often = response.status === 429;
    refused.value = often
      ? "Too many wrong tokens came from your address: wait a minute, then try again."
      : response.status === 401 && token
        ? "That is not its token."
        : "";
    wanted.value = often || response.status === 401;
  } catch {
    // nobody answers: that is told elsewhere
  }
}
