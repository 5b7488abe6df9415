// Before there is something to show: loading, and the first run.

import { useState } from "preact/hooks";
import { link } from "../../live/store";
import { refused, setToken, wanted } from "../../live/token";

export function Loading() {
  if (wanted.value) return <TokenForm />;
  const steps: [string, boolean][] = [
    ["Page", true],
    ["Connection to marginline", link.value === "live"],
    ["Accounts as judged now", false],
  ];
  const next = steps.findIndex(([, done]) => !done);
  return (
    <section class="panel loading" aria-busy="true" aria-label="Loading">
      <h1>Loading</h1>
      <ol class="steps">
        {steps.map(([name, done], i) => (
          <li key={name} class={done ? "done" : i === next ? "" : "wait"}>
            <span>{done ? "✓" : i === next ? "…" : ""}</span>
            <span>{name}</span>
            <span />
          </li>
        ))}
      </ol>
      <div class="ghost" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
    </section>
  );
}

export function FirstRun() {
  return (
    <section class="panel" aria-label="First run">
      <h1 class="big2">No account yet. Three ways in:</h1>
      <div class="three3">
        <div class="choice">
          <b>Look at the demo world</b>
          <p class="dim">Simulated accounts on two simulated venues. No keys, no network.</p>
          <code class="mono">marginline demo</code>
        </div>
        <div class="choice">
          <b>Watch accounts</b>
          <p class="dim">
            Name them in a settings file: by a key that may only read and is kept on this machine, or an account file that
            changes on disk.
          </p>
          <code class="mono">marginline init</code>
        </div>
        <div class="choice">
          <b>Open an account file</b>
          <p class="dim">JSON, TOML, or a venue’s raw answers. Assessed once, not watched.</p>
          <code class="mono">marginline health FILE</code>
        </div>
      </div>
    </section>
  );
}

function TokenForm() {
  const [typed, type] = useState("");
  return (
    <form
      class="panel loading form"
      onSubmit={(event) => {
        event.preventDefault();
        setToken(typed);
      }}
    >
      <h1>This marginline asks for a token</h1>
      <p class="dim">It is read from beyond its own machine. Its operator has set the token; it stays in this tab.</p>
      {refused.value && (
        <p class="liquidation st-ink" role="alert">
          {refused.value}
        </p>
      )}
      <label>
        Token
        <span class="field">
          <input type="password" autocomplete="off" value={typed} onInput={(event) => type(event.currentTarget.value)} />
        </span>
      </label>
      <div class="row">
        <button class="btn first" type="submit" disabled={!typed.trim()}>
          Use token
        </button>
      </div>
    </form>
  );
}
