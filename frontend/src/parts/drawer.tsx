// One drawer over any place. It does not block what is behind it, and gives the focus back.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

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
  // the figure may have been drawn anew meanwhile: then its successor gets the focus
  const again = opener?.isConnected
    ? opener
    : openerKey === null
      ? null
      : [...document.querySelectorAll<HTMLElement>("[data-explain]")].find((el) => el.dataset["explain"] === openerKey);
  (again ?? document.getElementById("main"))?.focus();
  opener = null;
}

export function Drawer() {
  const host = useRef<HTMLDialogElement>(null);
  const content = drawer.value;
  // before the next key can come: a quick hand types into the field, not into the page
  useLayoutEffect(() => {
    const dialog = host.current;
    if (!dialog || !content) return;
    if (!dialog.open) dialog.show();
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
    </dialog>
  );
}
