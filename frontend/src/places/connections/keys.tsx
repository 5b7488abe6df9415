// Keys: what each may do and when its venue said so; tested, removed, added. A secret goes in and never comes back.

import { useState } from "preact/hooks";
import { ask, drop, Refused, tell, words } from "../../live/ask";
import { useAsked } from "../../live/asked";
import { now } from "../../live/store";
import * as fmt from "../../numbers/format";
import { Deed, say } from "../../parts/deeds";
import { Glyph, Status } from "../../parts/status";
import type { KeyList, KeyRow, KeyTested, Problem } from "../../wire";
import { venue } from "../../words";

const path = (name: string, rest = ""): string => `keys/${encodeURIComponent(name)}${rest}`;
const beyond = (row: KeyRow): string[] => [...row.withdrawal, ...row.trading];

export function Keys() {
  const [turn, again] = useState(0);
  const [adding, add] = useState(false);
  const { value, error } = useAsked(`keys ${turn}`, (signal) => ask<KeyList>("keys", {}, signal));
  const [last, keep] = useState<KeyList | null>(null);
  if (value && value !== last) keep(value);
  const found = value ?? last;
  const changed = (): void => again(turn + 1);
  return (
    <section class="panel wide" aria-label="Keys">
      <div class="head">
        <h2>Keys</h2>
        {found?.place && !adding && (
          <button class="btn end" type="button" onClick={() => add(true)}>
            Add a key
          </button>
        )}
      </div>
      {error && <p class="unknown st-ink">{error}</p>}
      {found?.reason && <p class="dim anywhere">{fmt.ended(found.reason)}</p>}
      {found?.place && found.keys.length === 0 && !adding && <p class="dim">None is kept. A key that may only read is all that marginline takes.</p>}
      {found !== null && found.keys.length > 0 && <Table found={found} changed={changed} />}
      {adding && found !== null && (
        <Add
          found={found}
          done={() => {
            add(false);
            changed();
          }}
          cancel={() => add(false)}
        />
      )}
      {found?.place && (
        <p class="faint cap anywhere">
          Kept in {found.place}; the page never gets one back. What is watched from here is watched until this monitor ends. To have it watched at
          every start, name it in the settings: <code class="mono">[[accounts]] key = "{found.keys[0]?.name ?? "main"}"</code>.
        </p>
      )}
    </section>
  );
}

function Table({ found, changed }: { found: KeyList; changed: () => void }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Keys that are kept">
      <table class="streams">
        <caption class="unseen">Keys that are kept</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Venue</th>
            <th scope="col">Key</th>
            <th scope="col">May</th>
            <th scope="col">Told</th>
            <th scope="col">Watches</th>
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.keys.map((row) => (
            <Row key={row.name} row={row} watches={found.watches} changed={changed} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, watches, changed }: { row: KeyRow; watches: boolean; changed: () => void }) {
  const [tested, told] = useState<KeyTested | null>(null);
  const [sure, ask_] = useState(false);
  const more = beyond(row);
  return (
    <tr class="quiet" data-key={row.name}>
      <td class="anywhere">{row.name}</td>
      <td class="dim anywhere">
        {venue(row.venue)}
        {row.url !== null && <span class="sub anywhere">{row.url}</span>}
      </td>
      <td class="mono">{row.ends_in}</td>
      <td class="anywhere">
        {more.length === 0 ? (
          <Status of="healthy" word="read only" />
        ) : (
          <>
            <Status of="margin_call" word="more than read" />
            <span class="sub anywhere">{more.join(", ")}</span>
          </>
        )}
        {row.bound === false && <span class="sub">from any address</span>}
        {tested !== null && !tested.accepted && (
          <p class="cap margin_call st-ink anywhere" role="status">
            It may now {tested.may}. Take that away at the venue, or add it anew and accept it.
          </p>
        )}
      </td>
      <td class="faint">{row.probed_at === null ? "never" : fmt.when(row.probed_at, now.value)}</td>
      <td class="anywhere">
        {row.accounts.length > 0 ? (
          row.accounts.join(", ")
        ) : watches ? (
          <Deed
            key="watch"
            done="Watched"
            label={`Watch the account of key ${row.name} now`}
            deed={async () => {
              await tell<KeyRow>(path(row.name, "/watch"), {});
              changed();
            }}
          >
            Watch it now
          </Deed>
        ) : (
          <span class="faint">nothing</span>
        )}
      </td>
      <td>
        <div class="row">
          {sure ? (
            <>
              {row.accounts.length > 0 && <span class="cap watch st-ink anywhere">{row.accounts.join(", ")} will be watched no longer.</span>}
              <Deed
                key="forget"
                done="Forgotten"
                label={`Forget key ${row.name}`}
                deed={async () => {
                  await drop(path(row.name));
                  changed();
                }}
              >
                Forget it
              </Deed>
              <button class="btn plain" type="button" onClick={() => ask_(false)}>
                Keep it
              </button>
            </>
          ) : (
            <>
              <Deed
                key="test"
                done="Tested"
                label={`Test key ${row.name}`}
                deed={async () => {
                  told(await tell<KeyTested>(path(row.name, "/test"), {}));
                  changed();
                }}
              >
                Test
              </Deed>
              <button class="btn plain" type="button" aria-label={`Remove key ${row.name}`} onClick={() => ask_(true)}>
                Remove
              </button>
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

const EMPTY = { name: "main", key: "", secret: "", passphrase: "", accept_trading: false, accept_withdrawal: false, replace: false, watch: true };

function Add({ found, done, cancel }: { found: KeyList; done: () => void; cancel: () => void }) {
  const [form, fill] = useState({ ...EMPTY, venue: found.venues[0]?.venue ?? "" });
  const [wrong, refuse] = useState<Problem | string | null>(null);
  const [busy, work] = useState(false);
  const needs = found.venues.find((v) => v.venue === form.venue)?.passphrase ?? false;
  const taken = found.keys.some((each) => each.name === form.name);
  const set = (more: Partial<typeof form>): void => fill({ ...form, ...more });
  const at = typeof wrong === "string" ? null : (wrong?.field ?? null);
  const send = async (): Promise<void> => {
    work(true);
    refuse(null);
    try {
      await tell<KeyRow>("keys", { ...form, passphrase: needs ? form.passphrase : "", watch: found.watches && form.watch });
      say(`${form.name} is kept`);
      done();
    } catch (error) {
      refuse(error instanceof Refused ? error.problem : words(error));
    } finally {
      work(false);
    }
  };
  const field = (name: "name" | "key" | "secret" | "passphrase") => ({
    name,
    autocomplete: "off",
    spellcheck: false,
    value: form[name],
    onInput: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
  });
  const text = (name: "name" | "key" | "secret" | "passphrase", label: string, secret = false) => (
    <label>
      {label}
      <span class={`field${at === name || at === `key.${name}` ? " wrong" : ""}`}>
        {secret ? <input type="password" placeholder="never shown again" {...field(name)} /> : <input type="text" {...field(name)} />}
      </span>
    </label>
  );
  const tick = (name: "accept_trading" | "accept_withdrawal" | "replace" | "watch", label: string) => (
    <label class="row">
      <input type="checkbox" checked={form[name]} onChange={(event) => set({ [name]: event.currentTarget.checked })} />
      <span>{label}</span>
    </label>
  );
  return (
    <form
      class="form"
      aria-label="Add a key"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label>
        Venue
        <span class="field">
          <select value={form.venue} onChange={(event) => set({ venue: event.currentTarget.value })}>
            {found.venues.map((each) => (
              <option key={each.venue} value={each.venue}>
                {each.title}
              </option>
            ))}
          </select>
        </span>
      </label>
      {text("name", "Name")}
      {text("key", "Key")}
      {text("secret", "Secret", true)}
      {needs && text("passphrase", "Passphrase of the key", true)}
      <p class="cap dim">The venue is asked what the key may do before anything is kept. Refused: trading, transfers, withdrawals. Nothing is sent but reads.</p>
      {wrong !== null && (
        <div class="note margin_call" role="alert">
          <Glyph of="margin_call" />
          <div class="anywhere">
            <b>It was not kept. {typeof wrong === "string" ? wrong : wrong.detail}</b>
            {typeof wrong !== "string" && wrong.remedy && <p class="dim">{wrong.remedy}</p>}
            {at === "rights" && (
              <>
                {tick("accept_trading", "Accept that it may trade")}
                {tick("accept_withdrawal", "Accept that it may withdraw or transfer")}
              </>
            )}
          </div>
        </div>
      )}
      {found.watches && tick("watch", "Watch its account at once")}
      {taken && tick("replace", `Replace the key ${form.name}`)}
      <div class="row">
        <button class="btn first" type="submit" disabled={busy || !form.name.trim() || !form.key.trim() || !form.secret.trim() || (taken && !form.replace)}>
          {busy ? "Asking the venue…" : "Check and keep it"}
        </button>
        <button class="btn plain" type="button" onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
