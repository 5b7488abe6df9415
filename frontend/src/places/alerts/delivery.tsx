// Delivery: whether alerts arrive, channel by channel, tried with a message that says it is a test.

import { useState } from "preact/hooks";
import { tell } from "../../live/ask";
import { delivering, now } from "../../live/store";
import * as fmt from "../../numbers/format";
import { Deed } from "../../parts/deeds";
import { Status } from "../../parts/status";
import type { ChannelRow, Delivery as Sent, StatusName, Tested, TestedAll } from "../../wire";
import { count } from "../../words";

/** What became of a message, in words. */
export const sentWord = (state: Sent["state"] | Tested["state"]): string => (state === "unsure" ? "may have arrived" : state);

const STANDS: Record<ChannelRow["state"], [StatusName, string]> = {
  set: ["healthy", "set"],
  works: ["healthy", "works"],
  failing: ["liquidation", "fails"],
};

export function Delivery() {
  const [tested, tell_] = useState<readonly Tested[]>([]);
  const found = delivering.value;
  const channels = found?.channels ?? [];
  const groups = new Set(channels.map((c) => c.group)).size;
  const heart = found?.heartbeat ?? null;
  return (
    <section class="panel" aria-label="Delivery">
      <div class="head">
        <h2>Delivery</h2>
        {channels.length > 0 && (
          <span class="end">
            <Deed
              done="Tried"
              deed={async () => {
                tell_((await tell<TestedAll>("alerts/test", {})).channels);
              }}
            >
              Send a test
            </Deed>
          </span>
        )}
      </div>
      <table class="deliv">
        <caption class="unseen">Channels</caption>
        <tbody>
          <tr class="quiet">
            <td>This page</td>
            <td>
              <Status of="healthy" word="open" />
            </td>
            <td class="dim">told as long as it is open</td>
          </tr>
          {channels.map((channel) => (
            <Channel key={channel.name} channel={channel} grouped={groups > 1} />
          ))}
          {heart && (
            <tr class="quiet" data-channel="heartbeat">
              <td>Heartbeat</td>
              <td>
                <Status of={heart.trouble === null ? "healthy" : "watch"} word={heart.trouble === null ? "beats" : "silent"} />
              </td>
              <td class="dim anywhere">{heart.trouble ?? (heart.at ? `last ${fmt.when(heart.at, now.value)}` : "not yet")}</td>
            </tr>
          )}
        </tbody>
      </table>
      {tested.length > 0 && (
        <p class="cap" role="status">
          Test: {tested.map((t) => `${t.channel} ${sentWord(t.state)}${t.detail ? ` (${t.detail})` : ""}`).join(", ")}.
        </p>
      )}
      {channels.length === 0 && (
        <p class="faint cap">
          Alerts are shown here and in the terminal alone. Name a channel under [[alerts.targets]] in the settings, and they reach you elsewhere.
        </p>
      )}
    </section>
  );
}

function Channel({ channel, grouped }: { channel: ChannelRow; grouped: boolean }) {
  const [status, word] = STANDS[channel.state];
  const said = [
    channel.detail || (channel.at ? `last ${fmt.when(channel.at, now.value)}` : "nothing sent yet"),
    channel.waiting > 0 ? `${count(channel.waiting, "message")} on the way` : "",
  ].filter(Boolean);
  return (
    <tr class="quiet" data-channel={channel.name} data-state={channel.state}>
      <td class="anywhere">
        {channel.name} <span class="faint">{channel.service}</span>
        {grouped && <span class="faint">, {channel.group === 1 ? "first" : `asked ${channel.group === 2 ? "second" : "later"}`}</span>}
      </td>
      <td>
        <Status of={status} word={word} />
      </td>
      <td class="dim anywhere">{said.join("; ")}</td>
    </tr>
  );
}
