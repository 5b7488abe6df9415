"""Revisions of the booked tables, oldest first."""
