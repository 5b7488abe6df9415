"""Readers of venue logs: one file a venue, and in it one table of the venue's words."""
