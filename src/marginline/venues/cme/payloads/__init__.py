"""CME's raw answers: kinds, readers, events."""
