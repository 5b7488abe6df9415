"""Bitget's raw answers: kinds, readers, events."""
