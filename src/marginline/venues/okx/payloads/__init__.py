"""OKX's raw answers: kinds, reader, events."""
