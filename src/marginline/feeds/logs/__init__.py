"""The venues' own ledgers, page by page, so that no row is left out: what was booked, and when."""
