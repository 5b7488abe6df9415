"""BingX's raw answers: kinds, readers, events."""
