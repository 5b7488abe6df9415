"""Bybit: the unified trading account in its three margin modes, and the classic inverse account."""

VENUES = ("bybit_unified", "bybit_inverse")
