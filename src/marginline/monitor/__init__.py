"""The loop that judges accounts: a pure `process(state, batch, now)`, and its wiring."""
