"""`marginline sandbox`: its options, and what it does."""
