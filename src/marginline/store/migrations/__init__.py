"""The schema's history: one folder a part, one file a revision."""
