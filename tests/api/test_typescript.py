"""The page's types are those of the server."""

from __future__ import annotations

from pathlib import Path

from marginline.api.typescript import typescript

WIRE = Path(__file__).resolve().parents[2] / "frontend" / "src" / "wire.ts"


def test_the_pages_types_are_up_to_date() -> None:
    """If not: `python -m marginline.api.typescript`."""
    assert WIRE.read_text(encoding="utf-8") == typescript()


def test_a_message_is_told_apart_by_its_type() -> None:
    text = typescript()
    assert 'type: "snapshot";' in text
    assert 'type: "change";' in text
    assert "export type Message = Snapshot | Change;" in text


def test_null_and_lists_come_through() -> None:
    text = typescript()
    assert "  ratio: Digits | null;" in text
    assert "  measures: Record<string, Digits | null>;" in text
    assert "  ratio: (number | null)[][];" in text
