// Places by address. The address holds the whole question, so it can be sent.

import { computed, signal } from "@preact/signals";

export type Place = "overview" | "account" | "what-if" | "alerts" | "rules" | "connections" | "lost";

const address = signal(location.pathname + location.search);
export const path = computed(() => address.value.split("?")[0] ?? "/");
export const query = computed(() => new URLSearchParams(address.value.split("?")[1] ?? ""));

export const place = computed<Place>(() => {
  const [first = "", second] = path.value.slice(1).split("/");
  if (first === "") return "overview";
  if (first === "accounts") return second ? "account" : "overview";
  return first === "what-if" || first === "alerts" || first === "rules" || first === "connections"
    ? first
    : "lost";
});
export const accountName = computed(() => {
  const [first, ...rest] = path.value.slice(1).split("/");
  if (first !== "accounts") return null;
  try {
    return decodeURIComponent(rest.join("/"));
  } catch {
    return rest.join("/");
  }
});

export const to = {
  overview: "/",
  account: (name: string): string => "/accounts/" + encodeURIComponent(name),
  whatIf: (name?: string, more = ""): string =>
    "/what-if" + (name ? "?account=" + encodeURIComponent(name) + more : ""),
  alerts: (name?: string): string => "/alerts" + (name ? "?account=" + encodeURIComponent(name) : ""),
  rules: (code?: string): string => "/rules" + (code ? "?code=" + encodeURIComponent(code) : ""),
  connections: "/connections",
};

export function go(where: string, replace = false): void {
  if (where === address.value) return;
  history[replace ? "replaceState" : "pushState"](null, "", where);
  const moved = where.split("?")[0] !== path.value;
  address.value = where;
  if (moved) {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }
}

/** Links of the page are followed in the page; everything else is the browser's. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    address.value = location.pathname + location.search;
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.getAttribute("href")?.startsWith("#") || link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
