"""Liquidation: who is called, by which stages, what the fund takes, who is deleveraged."""
