import { accountName, place } from "./live/router";
import { Account } from "./places/account/account";
import { Alerts } from "./places/alerts/alerts";
import { Connections } from "./places/connections/connections";
import { Overview } from "./places/overview/overview";
import { Rules } from "./places/rules/rules";
import { WhatIfPlace } from "./places/whatif/whatif";
import { Shell } from "./shell/shell";

export function Page() {
  return (
    <Shell>
      <Here />
    </Shell>
  );
}

function Here() {
  switch (place.value) {
    case "overview":
      return <Overview />;
    case "account":
      return <Account key={accountName.value} name={accountName.value ?? ""} />;
    case "what-if":
      return <WhatIfPlace />;
    case "alerts":
      return <Alerts />;
    case "rules":
      return <Rules />;
    case "connections":
      return <Connections />;
    default:
      return (
        <>
          <h1>No such place</h1>
          <p class="dim">
            There is no page at this address. <a href="/">Overview</a>
          </p>
        </>
      );
  }
}
