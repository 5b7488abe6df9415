"""Binance USDS-M: its public and private streams and its answers, as events."""
