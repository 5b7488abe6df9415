"""BitMEX's raw answers: kinds, readers, events."""
