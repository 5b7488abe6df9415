// Alerts: how many fire, each a sentence with the way back; bands tried before they are saved.

import { useRef } from "preact/hooks";
import { tell } from "../../live/ask";
import { query, to } from "../../live/router";
import { account as rowOf, alerts, loaded, names, now } from "../../live/store";
import { isOwing } from "../../parts/bars";
import * as fmt from "../../numbers/format";
import { Deed } from "../../parts/deeds";
import { MuteButton, beyond, capital, closeWords, cutWords, payWords, target } from "../../parts/plan";
import { Sentence } from "../../parts/sentence";
import { Status } from "../../parts/status";
import type { AlertKind, AlertRow, AlertState } from "../../wire";
import { ALERT_KIND, count } from "../../words";
import { Loading } from "../connections/states";
import { BandsPanel } from "./bands";
import { Kinds } from "./kinds";
import { Delivery, sentWord } from "./delivery";

const GROUPS: [string, AlertState[]][] = [
  ["Firing", ["firing"]],
  ["Held, not told yet", ["held"]],
  ["Acknowledged", ["acknowledged"]],
  ["Muted", ["muted"]],
  ["Over, last 24 h", ["over"]],
];

export function Alerts() {
  const shown = useRef<string | null>(null);
  if (!loaded.value) return <Loading />;
  const all = [...alerts.value].sort((a, b) => (a.since < b.since ? 1 : -1));
  const of = (state: AlertState): AlertRow[] => all.filter((a) => a.state === state);
  const firing = of("firing");
  // whose bands are shown stays, also where another alert comes to stand first: what is typed is of that account
  const asked = query.value.get("account");
  if (asked !== null) shown.current = asked;
  else if (shown.current === null || !names.value.includes(shown.current)) shown.current = firing.find((a) => a.account !== null)?.account ?? names.value[0] ?? null;
  const account = shown.current;
  return (
    <>
      <div class="headline">
        <h1>Alerts</h1>
        <p class="dim">
          {firing.length} firing, {of("acknowledged").length} acknowledged, {of("muted").length} muted. Judged by the same exact figures as the page.
        </p>
        {firing.length > 1 && (
          <span class="end">
            <Deed
              done="Muted 1 h"
              deed={() => Promise.all(firing.map((a) => tell(`alerts/${encodeURIComponent(a.id)}/mute`, { hours: "1" })))}
            >
              Mute all for 1 h
            </Deed>
          </span>
        )}
      </div>
      <div class="grid al">
        <div class="col">
          {all.length === 0 && <Quiet />}
          {GROUPS.map(([name, states]) => {
            const listed = all.filter((a) => states.includes(a.state));
            // what healed while it was held was never told: counted, not listed
            const list = listed.filter((a) => a.state !== "over" || a.told !== null);
            return listed.length ? (
              <section key={name} class="panel" aria-label={name}>
                <div class="group">
                  <h2>{name}</h2>
                  <span class="count">{list.length}</span>
                </div>
                {list.map((a) => (
                  <Alert key={a.id} alert={a} />
                ))}
                {listed.length > list.length && <p class="faint cap">{count(listed.length - list.length, "alert")} healed before anybody had to be told.</p>}
              </section>
            ) : null;
          })}
        </div>
        <div class="col">
          {account !== null && <BandsPanel key={account} name={account} />}
          {account !== null && <Kinds key={`kinds ${account}`} name={account} />}
          <Delivery />
        </div>
      </div>
    </>
  );
}

function Quiet() {
  return (
    <section class="panel" aria-label="No alerts">
      <p class="big2">Quiet.</p>
      <p class="dim">Nothing fires, and nothing has fired in this run. {count(names.value.length, "account")} watched.</p>
    </section>
  );
}

function Alert({ alert }: { alert: AlertRow }) {
  const kind = ALERT_KIND[alert.kind];
  const open = alert.state === "firing" || alert.state === "held";
  const at = fmt.moment(alert.since) ?? 0;
  const label = alert.account ?? "alert";
  const named = alert.sentence.some((part) => part.kind === "account");
  return (
    <div class={`alert ${alert.status}`} data-row={alert.id} data-account={alert.account ?? undefined} data-state={alert.state}>
      <span class="t" title={fmt.local(alert.since)}>
        {fmt.day(at) === fmt.day(now.value) ? fmt.clock(at) : fmt.date(at)}
      </span>
      <p class="say2 anywhere">
        {alert.state === "over" ? <span class="chip tagged">{kind ?? alert.level}</span> : kind ? <span class="chip tagged">{kind}</span> : <Status of={alert.status} />}
        {!named && alert.account !== null && (
          <>
            <a href={to.account(alert.account)}>
              <b>{alert.account}</b>
            </a>{" "}
          </>
        )}
        <Sentence parts={alert.sentence} />
        {open && alert.plan && !alert.sentence.some((part) => part.kind === "enough") && <Way alert={alert} />}
      </p>
      <div class="row acts">
        {open && (
          <Deed done="Acknowledged" lasting deed={() => tell(`alerts/${encodeURIComponent(alert.id)}/acknowledge`, {})} deedName="acknowledge" label={`Acknowledge, ${label}`}>
            Acknowledge
          </Deed>
        )}
        {open && <MuteButton id={alert.id} label={label} />}
        {open && <MuteButton id={alert.id} label={label} hours={8} />}
        {open && <MuteButton id={alert.id} label={label} hours={null} />}
        {alert.state === "muted" && (
          <Deed done="Unmuted" deed={() => tell(`alerts/${encodeURIComponent(alert.id)}/mute`, { hours: "0" })} label={`Unmute, ${label}`}>
            Unmute
          </Deed>
        )}
      </div>
      <span class="sub">{fate(alert)}</span>
    </div>
  );
}

function Way({ alert }: { alert: AlertRow }) {
  const plan = alert.plan;
  if (!plan) return null;
  const row = alert.account === null ? null : rowOf(alert.account).value?.row;
  const owes = row != null && isOwing(row);
  const ways = [
    plan.pay_in && <b key="pay">{capital(payWords(plan, `${fmt.enough(plan.pay_in.amount, plan.pay_in.asset)} ${plan.pay_in.asset}`))}</b>,
    plan.cut ? <b key="cut">{cutWords(plan.cut)}</b> : plan.close_share !== null && <b key="close">{closeWords(plan)}</b>,
  ].filter(Boolean);
  return ways.length ? (
    <>
      {" "}
      {ways.map((way, i) => [i > 0 && " or ", way])}, {owes ? "to owe nothing" : plan.target_move == null ? `to be back at ${target(plan)}` : `to have the line beyond ${beyond(plan.target_move)}`}.
    </>
  ) : null;
}

/** Why what is seen is not told yet: it may heal, or its band was told lately. */
export const heldBack = (kind: AlertKind): string =>
  kind === "band" || kind === "funding"
    ? "its band was told lately: told when “At most once in” is over, if it still holds"
    : "shown at once; told if it does not heal";

function fate(alert: AlertRow): string {
  const time = (text: string | null): string => fmt.when(text, now.value);
  const parts: string[] = [];
  if (alert.state === "held") parts.push(heldBack(alert.kind));
  else if (alert.told) parts.push(`told ${time(alert.told)}`);
  for (const d of alert.deliveries) if (d.channel !== "page") parts.push(`${d.channel} ${sentWord(d.state)} ${time(d.at)}${d.detail ? `: ${d.detail}` : ""}`);
  if (alert.acknowledged_at) parts.push(`acknowledged ${time(alert.acknowledged_at)}; speaks again if it gets worse`);
  if (alert.state === "muted") parts.push(alert.muted_until ? `muted until ${time(alert.muted_until)}; graver ones still come through` : "muted until re-armed");
  if (alert.until) parts.push(`over ${time(alert.until)}`);
  return parts.join(". ");
}
