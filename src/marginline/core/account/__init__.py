"""The account as reported, and its file."""
