"""Records as documents: read, checked, written, described."""
