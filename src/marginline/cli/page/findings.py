"""Findings on the page: ranked, told once, the merely technical ones folded away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from marginline.cli.page.page import Page, data
from marginline.cli.page.words import listed
from marginline.core.findings import UNKNOWN_BECAUSE, Code, Finding, Severity, ranked
from marginline.core.measures import Measure

FOLDED = {Code.APPROXIMATE, Code.UNSUPPORTED, Code.NOT_APPLICABLE}
_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def write_findings(page: Page, findings: Iterable[Finding], *, everything: bool = False) -> None:
    """What there is to know, most important first."""
    ordered = ranked(findings)
    shown = [f for f in ordered if everything or f.code not in FOLDED]
    if shown:
        page.line(("findings", "bold"))
    for message, finding, places in told_once(shown):
        page.paragraph(
            (finding.code.name, _STYLE[finding.severity]),
            f"  {data(message, 400)}  ",
            (f"({places})", "dim"),
            indent=2,
            hanging=2,
        )
    folded = Counter(f.code.name for f in ordered) - Counter(f.code.name for f in shown)
    if folded:
        counts = listed([f"{number} {name}" for name, number in folded.items()])
        page.paragraph((f"{counts} not shown; --all shows them", "dim"), indent=2, hanging=2)


_MARKS = {
    Code.APPROXIMATE: "~ approximate",
    Code.MISSING_DATA: "? data is missing",
    Code.UNSUPPORTED: "n/s not supported",
}


def write_legend(
    page: Page, findings: Sequence[Finding], shown: Container[Measure], *, venues: bool = False
) -> None:
    """What the marks in place of numbers mean, where some are among the measures shown."""
    codes = {finding.code for finding in findings if finding.measure in shown}
    used = [text for code, text in _MARKS.items() if code in codes]
    if any(finding.at_least is not None or finding.at_most is not None for finding in findings):
        used.append("… ≥ ≤ it lies there")
    if venues:
        used.append("v the venue's own")
    if used:
        page.line(("   ".join(used), "dim"))


def told_once(findings: Sequence[Finding]) -> list[tuple[str, Finding, str]]:
    """Findings alike told together: the message, the first of them, every place and measure.

    Alike are findings of one kind whose messages differ by the names of positions only.
    """
    names = _names(findings)
    groups: dict[tuple[Code, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, _common(finding, names)), []).append(finding)
    return [
        (_message(group[0]) if _same(group) else common, group[0], _places(group))
        for (_, common), group in groups.items()
    ]


def _names(findings: Iterable[Finding]) -> list[str]:
    """Keys and symbols of the positions that findings concern, longest first."""
    keys = {f.where.removesuffix(" isolated") for f in findings if "/" in f.where}
    return sorted(keys | {key.partition("/")[0] for key in keys}, key=len, reverse=True)


def _message(finding: Finding) -> str:
    """The message without what every pool of unknown status repeats."""
    return finding.message.removeprefix(UNKNOWN_BECAUSE)


def _common(finding: Finding, names: Iterable[str]) -> str:
    message = _message(finding)
    for name in filter(None, names):
        message = message.replace(name, "…")
    return message


def _same(group: list[Finding]) -> bool:
    return len({_message(finding) for finding in group}) == 1


def _places(group: list[Finding]) -> str:
    wheres = list(dict.fromkeys(data(finding.where) for finding in group))
    measures = list(dict.fromkeys(f.measure.value for f in group if f.measure is not None))
    return ": ".join(filter(None, (listed(wheres), listed(measures, 3))))
