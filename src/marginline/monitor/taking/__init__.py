"""What comes in: events of the feeds and what people ask, and what each changes."""
