// A rate over time against EWMA's, and the losses of the close-out periods that then began.

import type { StudyDocument } from "../documents";
import * as fmt from "../numbers/format";

const [WIDE, HIGH] = [1000, 180];

/** How many of the drawn moments lost more than their rate. */
export const beyond = (found: StudyDocument): number => found.over_time.filter((each) => each.loss !== null && Number(each.loss) > Number(each.rate)).length;

export function RateOverTime({ found }: { found: StudyDocument }) {
  const drawn = found.over_time;
  if (drawn.length < 2) return null;
  const top = Math.max(...drawn.flatMap((each) => [Number(each.rate), Number(each.ewma), Number(each.loss ?? 0)])) * 1.05 || 1;
  const x = (i: number): number => (i / (drawn.length - 1)) * WIDE;
  const y = (value: number): number => HIGH - (value / top) * HIGH;
  const line = (name: "rate" | "ewma"): string => drawn.map((each, i) => `${x(i).toFixed(1)},${y(Number(each[name])).toFixed(1)}`).join(" ");
  const [first, last] = [drawn[0]!, drawn[drawn.length - 1]!];
  const spoken = `The rate ended at ${percent(last.rate)}, EWMA at ${percent(last.ewma)}; ${beyond(found)} of ${drawn.length} drawn moments lost more than the rate.`;
  return (
    <figure class="rates">
      <figcaption class="faint cap">
        Rate (line), EWMA’s (dashed) and what closing took (marks; long ones are beyond the rate), {fmt.date(fmt.moment(first.at) ?? 0)} to{" "}
        {fmt.date(fmt.moment(last.at) ?? 0)}; top {percent(String(top))}
      </figcaption>
      <svg class="pic" height={HIGH} viewBox={`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" role="img" aria-label={spoken}>
        <line class="axis" x1={0} x2={WIDE} y1={HIGH} y2={HIGH} vector-effect="non-scaling-stroke" />
        {drawn.map((each, i) => {
          if (each.loss === null) return null;
          const over = Number(each.loss) > Number(each.rate);
          return (
            <line
              key={each.at}
              class={over ? "loss over" : "loss"}
              x1={x(i)}
              x2={x(i)}
              y1={y(Number(each.loss))}
              y2={over ? y(Number(each.rate)) : y(Number(each.loss)) + 2}
              vector-effect="non-scaling-stroke"
            />
          );
        })}
        <polyline class="normal" points={line("ewma")} vector-effect="non-scaling-stroke" />
        <polyline class="rate" points={line("rate")} vector-effect="non-scaling-stroke" />
      </svg>
      <details class="data">
        <summary>Every drawn moment</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label="Rates over time">
          <table>
            <caption class="unseen">Rate, EWMA and loss over time</caption>
            <thead>
              <tr>
                {["Moment", "Rate", "EWMA", "Loss"].map((name, i) => (
                  <th key={name} scope="col" class={i ? "num" : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {drawn.map((each) => (
                <tr key={each.at}>
                  <td class="nowrap">{each.at.slice(0, 16).replace("T", " ")}</td>
                  <td class="num">{percent(each.rate)}</td>
                  <td class="num">{percent(each.ewma)}</td>
                  <td class="num">{each.loss === null ? fmt.DASH : percent(each.loss)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

const percent = (text: string): string => `${(Number(text) * 100).toFixed(2)}${fmt.THIN}%`;
