// Hedge groups: which positions are held against which others, declared for this browser.

import { useState } from "preact/hooks";
import { Deed } from "../../parts/deeds";
import type { PositionRow } from "../../wire";
import { position } from "../../words";

const KEPT = "hedges ";
type Role = "" | "covered" | "hedge";
const ROLES: [Role, string][] = [
  ["", "none"],
  ["covered", "covered"],
  ["hedge", "hedge"],
];

/** The groups declared for an account, as the API takes them: "KEYS:KEYS@RATIO". */
export function recall(account: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT + account) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each): each is string => typeof each === "string") : [];
  } catch {
    return []; // a private window, or not ours
  }
}

export function keep(account: string, groups: readonly string[]): void {
  try {
    localStorage.setItem(KEPT + account, JSON.stringify(groups));
  } catch {
    // a private window: they last as long as the page
  }
}

/** "BTCUSDT, hedged by ETHUSDT at 0.8". */
export function groupWords(group: string): string {
  const [members = "", ratio = "1"] = group.split("@");
  const [covered = "", hedges = ""] = members.split(":").map((keys) => keys.split(",").map(position).join(" and "));
  return `${covered}, hedged by ${hedges} ${ratio === "estimated" ? "at an estimated ratio" : `at ${ratio}`}`;
}

interface Props {
  groups: readonly string[];
  set: (groups: string[]) => void;
  positions: readonly PositionRow[];
}

export function Groups({ groups, set, positions }: Props) {
  const [roles, setRoles] = useState<Record<string, Role>>({});
  const [ratio, setRatio] = useState("1");
  const [estimated, setEstimated] = useState(false);
  const of = (role: Role): string[] => positions.map((p) => p.key).filter((key) => roles[key] === role);
  const ready = of("covered").length > 0 && of("hedge").length > 0;
  const add = (): void => {
    const group = `${of("covered").join(",")}:${of("hedge").join(",")}@${estimated ? "estimated" : ratio.trim()}`;
    set([...groups.filter((each) => each !== group), group]);
    setRoles({});
  };
  if (positions.length < 2 && groups.length === 0) return null;
  return (
    <details class="data groups">
      <summary>Hedge groups{groups.length > 0 && `, ${groups.length}`}</summary>
      {groups.map((group) => (
        <p key={group} class="row cap">
          <span class="anywhere">{groupWords(group)}</span>
          <button class="btn plain" type="button" aria-label={`Remove ${groupWords(group)}`} onClick={() => set(groups.filter((each) => each !== group))}>
            Remove
          </button>
        </p>
      ))}
      <p class="faint cap">
        What hedges make against the positions they cover is told as hedge, what they leave or make beside it as hedge residual. Kept in
        this browser.
      </p>
      {positions.map((p) => (
        <fieldset key={p.key} class="row cap">
          <legend class="unseen">{position(p.key)}</legend>
          <span class="anywhere" aria-hidden="true">
            {position(p.key)}
          </span>
          {ROLES.map(([role, name]) => (
            <label key={role}>
              <input type="radio" name={`role ${p.key}`} checked={(roles[p.key] ?? "") === role} onChange={() => setRoles({ ...roles, [p.key]: role })} /> {name}
            </label>
          ))}
        </fieldset>
      ))}
      <div class="row cap">
        <label class="field">
          <span class="faint">Ratio</span>
          <input type="text" inputMode="decimal" size={6} value={ratio} disabled={estimated} onInput={(event) => setRatio(event.currentTarget.value)} />
        </label>
        <label>
          <input type="checkbox" checked={estimated} onChange={(event) => setEstimated(event.currentTarget.checked)} /> estimated from the record
        </label>
        <Deed done="Told apart" deed={add} disabled={!ready}>
          Tell this hedge apart
        </Deed>
      </div>
    </details>
  );
}
