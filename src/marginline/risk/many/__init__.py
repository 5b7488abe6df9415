"""Many accounts together: a table, totals that may be added, exposure by coin, one joint shock."""
