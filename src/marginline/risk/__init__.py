"""The questions: what if, how large, how far to liquidation, which stop comes too late."""
