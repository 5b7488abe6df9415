"""BitMEX, closed on 2026-09-23: a historical rulebook for study, backtests and old accounts."""

VENUES = ("bitmex",)
