"""Whole numbers as people write them, within bounds."""

from __future__ import annotations

from marginline.cli.exits import UsageProblem


def whole_of(option: str, text: str, least: int, most: int) -> int:
    """The number.

    Raises:
        UsageProblem: it is no whole number between the two.
    """
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
        raise UsageProblem(f"{option} {text}: give a whole number from {least} to {most}")
    return int(text)
