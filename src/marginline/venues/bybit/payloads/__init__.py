"""Bybit's raw answers: kinds, readers, events."""
