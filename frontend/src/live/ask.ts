// Questions to the API. A refusal keeps its words: field, value, unit, remedy.

import type { Problem } from "../wire";
import { authorization } from "./token";

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

const ROOT = "/api/v1/";

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Partial<Problem>;
  } catch {
    // not JSON: the status line must do
  }
  throw new Refused({
    type: "about:blank",
    title: `the answer was ${response.status}`,
    status: response.status,
    detail: "",
    field: null,
    value: null,
    unit: null,
    remedy: null,
    ...problem,
  } as Problem);
}

type Query = Record<string, string | number | readonly string[] | null | undefined>;

const withQuery = (path: string, query: Query): string => {
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value instanceof Array) for (const each of value) asked.append(key, each);
    else if (value != null) asked.set(key, String(value));
  }
  const text = asked.toString();
  return ROOT + path + (text ? "?" + text : "");
};

export const ask = async <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
  answer<T>(await fetch(withQuery(path, query), { headers: { accept: "application/json", ...authorization() }, signal: signal ?? null }));

export const tell = async <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  answer<T>(
    await fetch(ROOT + path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...authorization() },
      body: JSON.stringify(body),
      signal: signal ?? null,
    }),
  );

export const drop = async <T>(path: string): Promise<T> =>
  answer<T>(await fetch(ROOT + path, { method: "DELETE", headers: { accept: "application/json", ...authorization() } }));

export const accountPath = (name: string, rest = ""): string =>
  "accounts/" + encodeURIComponent(name) + (rest ? "/" + rest : "");

/** What went wrong, in one sentence that helps. */
export function words(error: unknown): string {
  if (error instanceof Refused) {
    const { detail, title, remedy } = error.problem;
    return remedy ? `${(detail || title).replace(/\.$/, "")}; ${remedy}` : detail || title;
  }
  return error instanceof TypeError ? "marginline does not answer." : String(error);
}
