"""Binance's raw answers: kinds, readers, events."""
