// The controls: every slider has a field beside it, and what was typed is kept.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { exact, enough, move as moveText, MINUS, THIN } from "../../numbers/format";
import { place } from "../../numbers/decimal";
import type { AccountRow, PoolRow, PositionRow } from "../../wire";
import { isolatedOf, payWords } from "../../parts/plan";
import { oneMode, position } from "../../words";
import { split, type Typed, type Wrong } from "./question";

export type Change = (fields: Record<string, string | null>) => void;

interface Props {
  row: AccountRow;
  pool: PoolRow | null;
  positions: PositionRow[];
  offered: readonly string[]; // keys of instruments that could be ordered beside those held
  typed: Typed;
  wrong: Wrong[];
  change: Change;
}

const FIELDS = /^(all|betas|beta\..*|move\..*|pay|in|to|order|size|price|mode|margin|lever|touch|edge)$/;

export function Controls({ row, pool, positions, offered, typed, wrong, change }: Props) {
  const instruments = [...new Set(positions.map((p) => p.instrument))];
  const clean = Object.fromEntries(Object.keys(typed).filter((k) => FIELDS.test(k)).map((k) => [k, null]));
  const from = (fields: Record<string, string>): void => change({ ...clean, ...fields });
  const order = typed["order"] ?? positions[0]?.key ?? "";
  const chosen = split(order).instrument;
  const asset = typed["in"] ?? pool?.asset ?? "USDT";
  const betas = typed["betas"] === "1";
  const why = (field: string): string | undefined => wrong.find((w) => w.field === field)?.text;
  const { plan } = row;
  const alone = plan && isolatedOf(plan);
  const apart = [...new Set([...positions.filter((p) => p.margin_mode === "isolated").map((p) => p.key), ...(typed["to"] ? [typed["to"]] : [])])];
  const one = oneMode(row);
  const modes = one === null || typed["mode"] !== undefined; // what an address asks can be taken back
  return (
    <section class="panel ctl" aria-label="Changes">
      <div class="head">
        <h2>Change</h2>
        <button class="btn plain end" type="button" onClick={() => change(clean)}>
          Reset
        </button>
      </div>
      <fieldset>
        <legend>Start from</legend>
        <div class="chg">
          <Preset deed={() => from({ all: "-1" })}>
            all {MINUS}1{THIN}%
          </Preset>
          <Preset deed={() => from({ all: "-10" })}>
            all {MINUS}10{THIN}%
          </Preset>
          {plan?.pay_in && (
            <Preset deed={() => from({ pay: exact(plan.pay_in!.amount), in: plan.pay_in!.asset, ...(alone === null ? {} : { to: alone }) })}>
              {payWords(plan, enough(plan.pay_in.amount, plan.pay_in.asset))}
            </Preset>
          )}
          {plan?.cut && (
            <Preset deed={() => from({ order: plan.cut!.position, size: (plan.cut!.side === "sell" ? "-" : "") + exact(plan.cut!.size) })}>
              cut {position(plan.cut.position)}
            </Preset>
          )}
          {chosen && one === null && !positions.some((p) => p.instrument === chosen && p.margin_mode === "isolated") && (
            <Preset deed={() => from({ order, mode: "isolated" })}>{chosen} isolated</Preset>
          )}
        </div>
      </fieldset>
      <fieldset>
        <legend>Prices</legend>
        <Move label="All" field="all" typed={typed} why={why("all")} change={change} />
        {instruments.map((of) => (
          <Move key={of} label={of} field={`move.${of}`} typed={typed} why={why(`move.${of}`)} change={change} />
        ))}
        <div class="row">
          <button class="btn" type="button" aria-pressed={betas} onClick={() => change({ betas: betas ? null : "1" })}>
            By betas
          </button>
          {!betas && <span class="faint cap">all alike; with betas, each by its own factor</span>}
        </div>
        {betas && (
          <div class="pair">
            {instruments.map((of) => (
              <Field key={of} label={`Beta of ${of}`} field={`beta.${of}`} typed={typed} unit="×" hint="1" why={why(`beta.${of}`)} change={change} />
            ))}
          </div>
        )}
      </fieldset>
      <fieldset>
        <legend>Order, filled with taker fee</legend>
        <div class="pair">
          <label class="lab">
            Instrument
            <span class="field">
              <select value={order} onChange={(e) => change({ order: e.currentTarget.value })}>
                {order === "" && <option value="">choose</option>}
                {[...new Set([...positions.map((p) => p.key), ...offered, order])].filter(Boolean).map((key) => (
                  <option key={key} value={key}>
                    {position(key)}
                  </option>
                ))}
              </select>
            </span>
          </label>
          <Field label="Size, a sale is negative" field="size" typed={typed} unit="" why={why("size")} change={change} />
        </div>
        <div class="pair">
          <Field label="Price" field="price" typed={typed} unit={asset} hint="mark" why={why("price")} change={change} />
          <Field label="Pay in, or take out" field="pay" typed={typed} unit={asset} why={why("pay")} change={change} />
        </div>
        {apart.length > 0 && (
          <label class="lab">
            Paid into, or taken from
            <span class="field">
              <select value={typed["to"] ?? ""} onChange={(e) => change({ to: e.currentTarget.value || null })}>
                <option value="">the wallet</option>
                {apart.map((key) => (
                  <option key={key} value={key}>
                    the margin of {position(key)}
                  </option>
                ))}
              </select>
            </span>
          </label>
        )}
      </fieldset>
      {chosen && (
        <fieldset>
          <legend class="anywhere">
            {modes ? "Margin mode and leverage" : "Leverage"} of {chosen}
          </legend>
          {modes && (
            <div class="row" role="group" aria-label="Margin mode">
              {(["cross", "isolated"] as const).map((mode) => (
                <button key={mode} class="btn" type="button" aria-pressed={typed["mode"] === mode} onClick={() => change({ mode: typed["mode"] === mode ? null : mode, order })}>
                  {mode === "cross" ? "Cross" : "Isolated"}
                </button>
              ))}
            </div>
          )}
          <div class="pair">
            {modes && <Field label="Margin posted" field="margin" typed={typed} unit={asset} hint="initial" why={why("margin")} change={change} />}
            <Field label="Leverage" field="lever" typed={typed} unit="×" hint={leverOf(positions, order)} why={why("lever")} change={change} />
          </div>
        </fieldset>
      )}
      <p class="faint cap">Asked of marginline’s own rules, exact. What is approximate says so.</p>
    </section>
  );
}

const leverOf = (positions: PositionRow[], key: string): string => positions.find((p) => p.key === key)?.leverage ?? "";

function Preset({ deed, children }: { deed: () => void; children: ComponentChildren }) {
  return (
    <button class="chip" type="button" onClick={deed}>
      {children}
    </button>
  );
}

/** A field that keeps what is typed while it is typed, and says what is wrong with it. */
function useTyped(value: string): [string, (text: string) => void, preact.RefObject<HTMLInputElement | null>] {
  const [text, set] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== input.current) set(value);
  }, [value]);
  return [text, set, input];
}

interface FieldProps {
  label: string;
  field: string;
  typed: Typed;
  unit: string;
  hint?: string;
  why: string | undefined;
  change: Change;
}

export function Field({ label, field, typed, unit, hint, why, change }: FieldProps) {
  const [text, set, input] = useTyped(typed[field] ?? "");
  const id = `why-${field}`;
  return (
    <label class="lab">
      {label}
      <span class={`field${why ? " wrong" : ""}`}>
        <input
          ref={input}
          type="text"
          inputMode="decimal"
          autocomplete="off"
          name={field}
          placeholder={hint}
          value={text}
          aria-invalid={why ? "true" : undefined}
          aria-describedby={why ? id : undefined}
          onInput={(e) => {
            set(e.currentTarget.value);
            change({ [field]: e.currentTarget.value });
          }}
        />
        <span class="faint">{unit}</span>
      </span>
      {why && (
        <span id={id} class="liquidation st-ink cap">
          {why}
        </span>
      )}
    </label>
  );
}

// A slider that is fine near zero: a tenth of a per cent matters there.
const FAR = 30;
const toSlider = (percent: number): number => Math.sign(percent) * Math.sqrt(Math.min(1, Math.abs(percent) / FAR)) * 100;
const fromSlider = (x: number): number => Math.sign(x) * (Math.abs(x) / 100) ** 2 * FAR;

interface MoveProps {
  label: string;
  field: string;
  typed: Typed;
  why: string | undefined;
  change: Change;
}

function Move({ label, field, typed, why, change }: MoveProps) {
  const [text, set, input] = useTyped(typed[field] ?? "");
  const percent = place((typed[field] ?? "").replace(MINUS, "-") || "0") ?? 0;
  const id = `why-${field}`;
  return (
    <>
      <div class="move">
        <span class="anywhere">{label}</span>
        <input
          type="range"
          min={-100}
          max={100}
          step={0.5}
          aria-label={`${label} move`}
          aria-valuetext={moveText(String(percent / 100))}
          value={toSlider(percent)}
          onInput={(e) => {
            const moved = fromSlider(Number(e.currentTarget.value));
            const digits = Math.abs(moved) < 1 ? 3 : Math.abs(moved) < 10 ? 2 : 1;
            const rounded = String(Number(moved.toFixed(digits)));
            set(rounded);
            change({ [field]: rounded === "0" ? null : rounded });
          }}
        />
        <label class={`field${why ? " wrong" : ""}`}>
          <input
            ref={input}
            type="text"
            inputMode="decimal"
            autocomplete="off"
            name={field}
            placeholder="0"
            aria-label={`${label} move in per cent`}
            value={text}
            aria-invalid={why ? "true" : undefined}
            aria-describedby={why ? id : undefined}
            onInput={(e) => {
              set(e.currentTarget.value);
              change({ [field]: e.currentTarget.value });
            }}
          />
          <span class="faint">%</span>
        </label>
      </div>
      {why && (
        <p id={id} class="liquidation st-ink cap">
          {why}
        </p>
      )}
    </>
  );
}
