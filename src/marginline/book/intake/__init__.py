"""How accounts, tables and crowds become columns."""
