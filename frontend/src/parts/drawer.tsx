// One drawer over any place. It does not block what is behind it, and gives the focus back.

import { effect, signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { path } from "../live/router";
import { Told } from "./deeds";

interface Content {
  title: string;
  body: ComponentChildren;
  focus?: "title" | "field";
}

export const drawer = signal<Content | null>(null);
let opener: HTMLElement | null = null;
let openerKey: string | null = null;

export function openDrawer(content: Content): void {
  if (drawer.value === null) {
    const at = document.activeElement;
    opener = at instanceof HTMLElement && at !== document.body ? at : null;
    openerKey = opener?.closest<HTMLElement>("[data-explain]")?.dataset["explain"] ?? null;
  }
  drawer.value = content;
}

export function closeDrawer(): void {
  if (drawer.value === null) return;
  drawer.value = null;
  document.querySelector<HTMLDialogElement>("dialog.drawer")?.close(); // what a sheet covers may have the focus again
  // the figure may have been drawn anew meanwhile: then its successor gets the focus
  const again = opener?.isConnected
    ? opener
    : openerKey === null
      ? null
      : [...document.querySelectorAll<HTMLElement>("[data-explain]")].find((el) => el.dataset["explain"] === openerKey);
  (again ?? document.getElementById("main"))?.focus();
  opener = null;
}

const sheet = matchMedia("(max-width: 760px)");

// what it explains is of the place it was opened on
let at = path.peek();
effect(() => {
  if (path.value === at) return;
  at = path.value;
  opener = null;
  drawer.value = null;
});

export function Drawer() {
  const host = useRef<HTMLDialogElement>(null);
  const content = drawer.value;
  // before the next key can come: a quick hand types into the field, not into the page
  useLayoutEffect(() => {
    const dialog = host.current;
    if (!dialog || !content) return;
    // a full sheet on a phone: what it covers is out of reach meanwhile
    if (!dialog.open) sheet.matches ? dialog.showModal() : dialog.show();
    dialog.scrollTop = 0;
    const target = content.focus === "field" ? dialog.querySelector("input") : dialog.querySelector("h2");
    (target as HTMLElement | null)?.focus();
  }, [content]);
  if (!content) return null;
  return (
    <dialog
      class="drawer"
      aria-labelledby="drawer-title"
      ref={host}
      onCancel={(event) => {
        event.preventDefault();
        closeDrawer();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        closeDrawer();
      }}
    >
      <div class="top">
        <h2 id="drawer-title" tabIndex={-1}>
          {content.title}
        </h2>
        <button class="btn" type="button" onClick={closeDrawer}>
          Close <span class="key">esc</span>
        </button>
      </div>
      <div class="in">{content.body}</div>
      {sheet.matches && <Told /> /* what is said elsewhere is out of reach under a sheet */}
    </dialog>
  );
}
