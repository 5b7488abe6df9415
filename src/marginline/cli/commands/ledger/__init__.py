"""`marginline attribute` and `marginline ledger`: why figures moved, and what a log holds."""
