"""Bitget: classic futures (USDT-M, USDC-M, COIN-M; single and union mode) and the unified account."""

VENUES = ("bitget_futures", "bitget_unified")
