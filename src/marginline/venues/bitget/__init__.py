"""Bitget: classic futures in single and union mode, and the unified account."""

VENUES = ("bitget_futures", "bitget_unified")
