"""Bybit v5 (unified account) as the sandbox speaks it: REST and streams under /v5."""
