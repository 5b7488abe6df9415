"""Revisions of the telemetry tables, oldest first."""
