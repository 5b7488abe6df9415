"""A study as a picture: the rate over time, and the losses of close-out periods beside it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np

from marginline.risk.study.study import Study

_WIDTH, _HEIGHT, _LEFT, _TOP, _BELOW = 760, 320, 56, 30, 34
_MOST = 600


def svg(found: Study) -> str:
    """Losses as points (those beyond the rate larger), the rate as a line; readable in grey."""
    held, rates = found.chosen, found.chosen.rates
    every = max(1, len(rates.at) // _MOST)
    rate, lost = rates.rate[::every], np.nan_to_num(rates.loss[::every])
    top = float(max(rate.max(), np.nan_to_num(rates.loss).max())) * 1.05
    wide, high = _WIDTH - _LEFT - 10, _HEIGHT - _TOP - _BELOW

    def x(place: int) -> float:
        return _LEFT + wide * place / max(1, len(rate) - 1)

    def y(value: float) -> float:
        return _TOP + high * (1 - value / top)

    title = (
        f"{found.table.symbol}: rate by {held.method} and what {found.terms.close_out} took,"
        f" {held.coverage.exceeded} of {held.coverage.observed} beyond it"
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' font-family="sans-serif" font-size="12" fill="currentColor">'
        f'<title>{escape(title)}</title><text x="0" y="16" font-weight="bold">'
        f"{escape(title)}</text>"
    )
    drawn = [head]
    drawn += _axis(top, y)
    for place, (limit, loss) in enumerate(zip(rate, lost, strict=True)):
        beyond = loss > limit
        size, colour = (3.2, "#b3402a") if beyond else (1.2, "#7a8a9a")
        drawn.append(
            f'<circle cx="{x(place):.1f}" cy="{y(float(loss)):.1f}" r="{size}" fill="{colour}"/>'
        )
    points = " ".join(f"{x(i):.1f},{y(float(v)):.1f}" for i, v in enumerate(rate))
    drawn.append(
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2"/>'
    )
    begins = found.past.ends_at - found.past.span
    ends = f"{begins:%Y-%m-%d}", f"{found.past.ends_at:%Y-%m-%d}"
    for text, place, anchor in ((ends[0], _LEFT, "start"), (ends[1], _WIDTH - 10, "end")):
        drawn.append(f'<text x="{place}" y="{_HEIGHT - 10}" text-anchor="{anchor}">{text}</text>')
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _axis(top: float, y: Callable[[float], float]) -> list[str]:
    lines = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = y(top * part)
        lines.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{at:.1f}" y2="{at:.1f}" stroke="#9aa5b1"'
            f' stroke-width="0.5"/><text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">'
            f"{100 * top * part:.1f} %</text>"
        )
    return lines
