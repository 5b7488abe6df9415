"""Recordings: lines in compressed files, a part at a time, the oldest deleted first."""
