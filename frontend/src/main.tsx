import "./styles/font.css";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/overview.css";
import "./styles/account.css";
import "./styles/whatif.css";
import "./styles/alerts.css";
import "./styles/rules.css";
import "./styles/states.css";
import "./styles/late.css";

import { effect } from "@preact/signals";
import { render } from "preact";
import { Page } from "./page";
import { accountName, followLinks, path, place } from "./live/router";
import { listen } from "./live/socket";
import { firing, inNeed, link, loaded } from "./live/store";
import { onKey } from "./shell/keys";

const host = document.getElementById("page");
if (host) render(<Page />, host);
followLinks();
document.addEventListener("keydown", onKey);
listen();

effect(() => {
  const need = inNeed.value.length;
  const count = firing.value.length;
  const where: Record<string, string> = {
    "what-if": "What if",
    alerts: count ? `${count} firing · Alerts` : "Alerts",
    rules: "Rules",
    connections: "Connections",
    account: accountName.value ?? "",
    overview: "",
    lost: "No such place",
  };
  const parts = [need ? `${need} need${need === 1 ? "s" : ""} you` : count && place.value !== "alerts" ? `${count} firing` : "", where[place.value], "marginline"];
  document.title = link.value === "lost" ? "? marginline" : loaded.value ? parts.filter(Boolean).join(" · ") : "marginline";
});

// every place is JSON at the same address
effect(() => {
  let json = document.querySelector<HTMLLinkElement>('link[rel="alternate"]');
  if (!json) {
    json = document.createElement("link");
    json.rel = "alternate";
    json.type = "application/json";
    document.head.append(json);
  }
  json.href = path.value === "/" ? "/overview.json" : path.value + ".json";
});
