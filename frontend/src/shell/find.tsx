// Find: what is typed is only ever compared, never interpreted.

import { useState } from "preact/hooks";
import { go, to } from "../live/router";
import { rows } from "../live/store";
import { closeDrawer, openDrawer } from "../parts/drawer";
import { venue } from "../words";

export const openFind = (): void => openDrawer({ title: "Find", body: <Find />, focus: "field" });

interface Hit {
  name: string;
  kind: string;
  where: string;
}

function all(): Hit[] {
  const hits: Hit[] = [];
  const seen = new Set<string>();
  for (const row of rows.value) {
    hits.push({ name: row.name, kind: `account, ${venue(row.venue)}`, where: to.account(row.name) });
    const code = row.rulebook?.code;
    if (code && !seen.has(code)) {
      seen.add(code);
      hits.push({ name: code, kind: "rulebook", where: to.rules(code) });
    }
  }
  for (const row of rows.value) {
    for (const pool of row.pools ?? []) {
      for (const p of pool.positions) {
        const key = `${p.instrument} ${row.name}`;
        if (seen.has(key)) continue;
        seen.add(key);
        hits.push({ name: p.instrument, kind: `held by ${row.name}`, where: to.account(row.name) });
      }
    }
  }
  const places: [string, string][] = [
    ["Overview", to.overview],
    ["What if", to.whatIf()],
    ["Alerts", to.alerts()],
    ["Rules", to.rules()],
    ["Connections", to.connections],
  ];
  return [...hits, ...places.map(([name, where]) => ({ name, kind: "place", where }))];
}

function matching(typed: string): Hit[] {
  const wanted = typed.trim().toLowerCase();
  const found = all().filter((hit) => hit.name.toLowerCase().includes(wanted)).slice(0, 40);
  // a code that looks like a rule's is looked up among the rules, whichever rulebook has it
  if (/^[a-z]+(-[a-z0-9]+)+$/.test(wanted)) {
    found.push({ name: wanted.toUpperCase(), kind: "rule", where: to.rules(wanted.toUpperCase()) });
  }
  return found;
}

function Find() {
  const [typed, type] = useState("");
  const found = matching(typed);
  const open = (where: string): void => {
    closeDrawer();
    go(where);
  };
  return (
    <>
      <span class="field">
        <input
          type="search"
          aria-label="Find an account, symbol or rule"
          placeholder="account, symbol, rule code"
          autocomplete="off"
          spellcheck={false}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            // what stands in the field, not what was drawn last: a quick hand opens no other account
            const text = event.currentTarget.value;
            const first = text.trim() ? matching(text)[0] : undefined;
            if (first) open(first.where);
          }}
        />
      </span>
      <ul class="found">
        {found.map((hit) => (
          <li key={hit.kind + hit.name}>
            <a
              href={hit.where}
              onClick={(event) => {
                event.preventDefault();
                open(hit.where);
              }}
            >
              {hit.name}
            </a>
            <span class="faint">{hit.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="dim">Nothing is called so.</p>}
    </>
  );
}
