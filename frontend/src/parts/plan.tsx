// The way back, in numbers: imperative, with an amount that suffices. Copied as text with exact digits.

import { tell } from "../live/ask";
import { to } from "../live/router";
import { DASH, enough, exact, inPercent, percentUp, ratio, set, share, size, THIN } from "../numbers/format";
import type { AccountRow, Cut, Plan } from "../wire";
import { position } from "../words";
import { isOwing } from "./bars";
import { copy, Deed } from "./deeds";

export const cutWords = (cut: Cut): string => `${cut.side} ${size(cut.size)} ${position(cut.position)}`;
const cutExact = (cut: Cut): string => `${cut.side} ${exact(cut.size)} ${position(cut.position)}`;

/** What there is to do, one way a line, with every digit: ASCII minus, no separators. */
export function planText(row: AccountRow, plan: Plan): string {
  const beyond = plan.target_move == null ? null : `${inPercent(plan.target_move)} %`;
  const aim = isOwing(row) ? "to owe nothing" : beyond === null ? `back to ${inPercent(plan.target_ratio)} % of support` : `to have the line beyond ${beyond}`;
  const lines = [`${row.name}: ${aim}, one of`];
  if (plan.pay_in) lines.push(payWords(plan, `${exact(plan.pay_in.amount)} ${plan.pay_in.asset}`));
  if (plan.close_share !== null) {
    const orders = plan.closes.map(cutExact).join(", ");
    lines.push(closeWords(plan, " ") + (orders ? `: ${orders}` : ""));
  }
  if (plan.cut) lines.push(cutExact(plan.cut));
  return lines.join("\n");
}

export const target = (plan: Plan): string => `${inPercent(plan.target_ratio)}${THIN}%`;

const ISOLATED = " isolated";

/** The position that a plan is of, where that has a pool of its own: its margin stands apart from the wallet. */
export const isolatedOf = (plan: Plan): string | null => (plan.pool.endsWith(ISOLATED) ? plan.pool.slice(0, -ISOLATED.length) : null);

/** What is paid into the wallet does not help an isolated position. */
export function payWords(plan: Plan, amount: string): string {
  const to = isolatedOf(plan);
  return to === null ? `pay in ${amount}` : `add ${amount} to the margin of ${position(to)}`;
}

/** Of one position by its name, of several alike. */
export function closeWords(plan: Plan, gap?: string): string {
  const { close_share: share, closes } = plan;
  if (share === null) return "";
  const [only] = closes.length === 1 ? closes : [];
  if (share === "1") return only ? `close ${position(only.position)}` : "close every position";
  return `close ${percentUp(share, gap)} of ${only ? position(only.position) : "each"}`;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const beyond = (move: string): string => `${inPercent(move)}${THIN}%`;

/** What the plan leads to, before its ways: by ratio, or away from a line that is near in price. */
export function aimOf(row: AccountRow, plan: Plan): string {
  if (isOwing(row)) return "To owe nothing";
  if (plan.target_move != null) return `Line beyond ${beyond(plan.target_move)}`;
  return `${row.status === "margin_call" || row.status === "liquidation" ? "To" : "Back to"} ${target(plan)}`;
}

/** The same as the heading of a card. */
function cardAim(row: AccountRow, plan: Plan): string {
  if (isOwing(row)) return "To owe nothing";
  if (plan.target_move != null) return `The line beyond ${beyond(plan.target_move)}`;
  return `${row.status === "watch" ? "Back inside the band" : "Out of reach of the venue"}, to ${target(plan)}`;
}

/** Whether to close a share and to cut one are one order. */
const isSame = ({ closes, cut }: Plan): boolean =>
  cut !== null && closes.length === 1 && closes[0]!.position === cut.position && exact(closes[0]!.size) === exact(cut.size);

/** One line, for a row of the overview. */
export function PlanLine({ row }: { row: AccountRow }) {
  const { plan } = row;
  if (plan === null) return null;
  const called = row.pools?.find((p) => p.id === row.worst)?.measures["call_amount"];
  const lead = called && Number(called) > 0;
  const ways = [
    plan.pay_in && <b key="pay">{set(payWords(plan, `${enough(plan.pay_in.amount, plan.pay_in.asset)} ${plan.pay_in.asset}`))}</b>,
    plan.close_share !== null && !isSame(plan) && <b key="close">{closeWords(plan)}</b>,
    plan.cut && <b key="cut">{cutWords(plan.cut)}</b>,
  ].filter(Boolean);
  if (!ways.length) return <span>{reasonsOf(plan)}</span>;
  return (
    <span class="plan-line">
      {lead && (
        <>
          <b>
            Called: {enough(called, row.asset)} {row.asset}
          </b>
          .{" "}
        </>
      )}
      {aimOf(row, plan)}:{" "}
      {ways.map((way, i) => [i > 0 && (i === ways.length - 1 ? " or " : ", "), way])}
    </span>
  );
}

const reasonsOf = (plan: Plan): string =>
  Object.values(plan.reasons)[0] ?? `No way leads back to ${ratio(plan.target_ratio)}.`;

export function PlanButtons({ row, first = false }: { row: AccountRow; first?: boolean }) {
  const { plan } = row;
  return (
    <>
      {plan && (
        <Deed class={first ? "first" : ""} done="Copied" deed={() => copy(planText(row, plan))} deedName="copy-plan" label={`Copy plan of ${row.name}`}>
          Copy plan
        </Deed>
      )}
      {plan && (
        <a class={first ? "btn" : "btn plain"} href={tryIt(row, plan)} aria-label={`Try it, ${row.name}`}>
          Try it
        </a>
      )}
      <Acknowledge row={row} plain={!first} />
    </>
  );
}

export function Acknowledge({ row, plain = false }: { row: AccountRow; plain?: boolean }) {
  const { alert } = row;
  if (!alert || (alert.state !== "firing" && alert.state !== "held")) return null;
  return (
    <Deed
      class={plain ? "plain" : ""}
      done="Acknowledged"
      lasting
      deed={() => tell(`alerts/${encodeURIComponent(alert.id)}/acknowledge`, {})}
      deedName="acknowledge"
      label={`Acknowledge the alert of ${row.name}`}
    >
      Acknowledge
    </Deed>
  );
}

/** The plan as a question: the address of What if holds it. */
export function tryIt(row: AccountRow, plan: Plan): string {
  if (plan.pay_in) {
    const alone = isolatedOf(plan);
    const where = alone === null ? "" : `&to=${encodeURIComponent(alone)}`;
    return to.whatIf(row.name, `&pay=${exact(plan.pay_in.amount)}&in=${encodeURIComponent(plan.pay_in.asset)}${where}`);
  }
  if (plan.cut) {
    const size = (plan.cut.side === "sell" ? "-" : "") + exact(plan.cut.size);
    return to.whatIf(row.name, `&order=${encodeURIComponent(plan.cut.position)}&size=${size}`);
  }
  return to.whatIf(row.name);
}

/** The card of the account: each way on its own line. */
export function PlanCard({ row, children }: { row: AccountRow; children?: preact.ComponentChildren }) {
  const { plan } = row;
  if (plan === null) return null;
  const why = (way: string): string => plan.reasons[way] ?? DASH;
  return (
    <section class={`plan ${row.status}`} aria-label="Planned action">
      <h2>
        {cardAim(row, plan)}: one of
      </h2>
      <ol>
        <li>
          <span>{isolatedOf(plan) === null ? "Pay in" : `Add to the margin of ${position(isolatedOf(plan)!)}`}</span>
          {plan.pay_in ? (
            <b title={exact(plan.pay_in.amount)}>
              {enough(plan.pay_in.amount, plan.pay_in.asset)} {plan.pay_in.asset}
            </b>
          ) : (
            <span class="dim">{why("pay_in")}</span>
          )}
        </li>
        <li>
          <span>{plan.close_share === null ? "Close a share of each" : capital(closeWords(plan))}</span>
          <span class="dim">
            {plan.close_share === null ? why("close_share") : plan.closes.map(cutWords).join("; ") || share(plan.close_share)}
          </span>
        </li>
        <li>
          <span>{plan.cut ? `Cut ${position(plan.cut.position)} alone` : "Cut one alone"}</span>
          {plan.cut ? <b title={exact(plan.cut.size)}>{cutWords(plan.cut)}</b> : <span class="dim">{why("cut")}</span>}
        </li>
      </ol>
      <div class="row acts">
        <PlanButtons row={row} first />
        {children}
      </div>
    </section>
  );
}

/** Quiet for so many hours; null: until it is re-armed. */
export function MuteButton({ id, label, hours = 1 }: { id: string; label: string; hours?: number | null }) {
  const long = hours === null ? "until re-armed" : `${hours} h`;
  return (
    <Deed
      done={`Muted ${long}`}
      lasting
      deed={() => tell(`alerts/${encodeURIComponent(id)}/mute`, { hours: hours === null ? null : String(hours) })}
      deedName={hours === 1 ? "mute" : undefined}
      label={`${label}, mute ${long}`}
    >
      {hours === null ? "Until re-armed" : `Mute ${hours} h`}
    </Deed>
  );
}

