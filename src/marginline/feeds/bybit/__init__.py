"""Bybit v5, unified account: its public and private streams and its answers, as events."""
