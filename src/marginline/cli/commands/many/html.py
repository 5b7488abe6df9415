"""The table as one page that opens from disk: no script, nothing fetched, a strict policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from marginline.cli.commands.many import rows as told_rows
from marginline.cli.page.page import data
from marginline.cli.page.words import moment_words, status_word
from marginline.risk.many.many import Many

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d4d8de; --dim: #59636e;
  --healthy: #116329; --watch: #7d4e00; --unknown: #0b5e8a; --margin_call: #8250df;
  --liquidation: #b31d28; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14171a; --line: #3a4047;
  --dim: #9aa4ae; --healthy: #57c278; --watch: #e0a63a; --unknown: #67b7e0;
  --margin_call: #bd93f9; --liquidation: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 80rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; } .dim { color: var(--dim); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--dim); font-weight: 600; white-space: nowrap; overflow-wrap: normal; }
.n { text-align: right; white-space: nowrap; } .k { white-space: nowrap; }
.box { overflow-x: auto; }
.s { font-weight: 700; white-space: nowrap; }
.healthy { color: var(--healthy); } .watch { color: var(--watch); }
.unknown { color: var(--unknown); } .margin_call { color: var(--margin_call); }
.liquidation { color: var(--liquidation); }
@media (max-width: 44rem) {
  body { padding: 1rem; }
  table.wide, .wide tbody, .wide tr, .wide td { display: block; width: 100%; }
  .wide thead { display: none; } .box th, .box td { padding: .3rem .35rem; font-size: .85rem; }
  .box th { white-space: normal; }
  .wide tr { border-bottom: 2px solid var(--line); padding: .5rem 0; }
  .wide td { border: 0; padding: .1rem 0; text-align: left; white-space: normal; }
  .wide td[data-of]:not(:empty)::before { content: attr(data-of) ": "; color: var(--dim); }
}
@media print { body { max-width: none; } }
"""


def page(many: Many, at: datetime, title: str) -> str:
    """The whole page. Every name in it is escaped; the policy allows its own style alone."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    shocked = many.shock is not None
    name = _text(title)
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{name}: {_text(told_rows.counted(many))}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{_text(told_rows.counted(many))}</h1>",
        f'<p class="dim">{name}, judged {moment_words(at)}</p>',
    ]
    if shocked:
        parts.append(f"<h2>{_text(told_rows.shock_words(many))}</h2>")
    parts += _accounts(many, shocked=shocked)
    if many.exposure:
        parts.append("<h2>Exposure by coin</h2>")
        parts.append('<p class="dim">positions, and balances less what is owed</p>')
        parts += _table(told_rows.EXPOSURE_HEAD, told_rows.exposures(many))
    parts.append("<h2>Totals in USD</h2>")
    parts += _table(("total", "USD"), told_rows.totals(many))
    parts += [f'<p class="dim">{_text(note)}</p>' for note in told_rows.total_notes(many)]
    return "\n".join([*parts, "</body>", "</html>"]) + "\n"


def _accounts(many: Many, *, shocked: bool) -> list[str]:
    head = ["status", "account", "venue", "to the line", "used", "equity USD"]
    head += ["after the shock"] * shocked
    lines = ['<table class="wide">', "<thead><tr>", *(_head(word) for word in [*head, "why"])]
    lines += ["</tr></thead>", "<tbody>"]
    for row in many.rows:
        each = told_rows.told(row, after=shocked)
        cells = [
            f'<td class="s {each.status.value}">{status_word(each.status)}</td>',
            f"<td><strong>{_text(each.name)}</strong></td>",
            _cell("venue", each.venue),
            _cell("to the line", each.nearest, "k"),
            _cell("used", each.used, "k"),
            _cell("equity USD", each.equity, "n"),
        ]
        if row.after is not None:
            fell = f"s {row.after.value}" if each.fell else "dim"
            cells.append(_cell("after the shock", each.after, fell))
        cells.append(_cell("", each.why, "dim"))
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return [*lines, "</tbody>", "</table>"]


def _head(word: str) -> str:
    side = ' class="n"' if word == "equity USD" else ""
    return f'<th scope="col"{side}>{word}</th>'


def _cell(of: str, text: str, style: str = "") -> str:
    told = f' data-of="{of}"' if of else ""
    styled = f' class="{style}"' if style else ""
    return f"<td{told}{styled}>{_text(text)}</td>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A small table: words first, then numbers."""
    lines = ['<div class="box"><table>', "<thead><tr>"]
    lines += [
        f'<th scope="col"{"" if not place else _NUMBER}>{word}</th>'
        for place, word in enumerate(head)
    ]
    lines += ["</tr></thead>", "<tbody>"]
    for row in rows:
        cells = [f"<td{_NUMBER if n else ''}>{_text(text)}</td>" for n, text in enumerate(row)]
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return [*lines, "</tbody>", "</table></div>"]


_NUMBER = ' class="n"'


def _text(text: str) -> str:
    return escape(data(text, 600), quote=True)
