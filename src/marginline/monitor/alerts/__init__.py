"""When to speak, and in which words."""
