"""`marginline alerts list`: alerts, each a sentence, and how alerting itself stands."""

from __future__ import annotations

import asyncio
from typing import Any

from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.live.needs import needs_live

SCHEMA = "marginline/alerts/1"
_STATES = ("firing", "held", "acknowledged", "muted", "over")


def run(url: str | None, config: str | None, *, everything: bool, as_json: bool) -> Exit:
    """Write them."""
    needs_live("a monitor's alerts")
    from marginline.cli.commands.alerts.reaching import asked

    found = asyncio.run(asked("alerts", url=url, config=config))
    show(found, everything=everything, as_json=as_json)
    if found["delivering"]["state"] == "broken":
        return Exit.UNKNOWN
    firing = any(alert["state"] == "firing" for alert in found["alerts"])
    return Exit.WATCH if firing else Exit.HEALTHY


def show(found: dict[str, Any], *, everything: bool, as_json: bool) -> None:
    """Alerts as the API tells them: a document, or lines for people."""
    if as_json:
        write_document({"schema": SCHEMA, **found})
        return
    alerting = found["delivering"]
    if alerting["state"] == "broken":
        print(f"Alerting is broken: {alerting['reason']}")
    elif alerting["state"] == "partly":
        print(f"Alerting works in part: {alerting['reason']}")
    alerts = [a for a in found["alerts"] if everything or a["state"] != "over"]
    if not alerts:
        print("Nothing fires.")
    for alert in sorted(alerts, key=lambda a: (_STATES.index(a["state"]), a["since"])):
        for line in _lines(alert):
            print(line)
    for silence in found["silences"]:
        of = " ".join(w for w in (silence["account"], silence["kind"]) if w) or "everything"
        until = "for ever" if silence["until"] is None else f"until {_moment(silence['until'])}"
        print(f"Muted: {of}, {until}.")


def _lines(alert: dict[str, Any]) -> list[str]:
    import msgspec

    from marginline.cli.live.sentences import said
    from marginline.monitor.wire import SentencePart

    parts = msgspec.convert(alert["sentence"], list[SentencePart])
    head = f"{alert['id']}  {alert['state']}, {alert['level']}, since {_moment(alert['since'])}"
    lines = [head, f"  {said(parts)}"]
    beside = [each for each in alert["deliveries"] if each["channel"] != "page"]
    told = [
        f"{each['channel']} {each['state']}" + (f" ({each['detail']})" if each["detail"] else "")
        for each in beside
    ]
    return [*lines, f"  told: {', '.join(told)}"] if told else lines


def _moment(text: str) -> str:
    return f"{text[:10]} {text[11:19]} UTC"
