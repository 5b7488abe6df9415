"""History that survives: rows in, rows out, in SQLite or PostgreSQL."""
