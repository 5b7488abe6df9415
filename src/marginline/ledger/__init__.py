"""What happened to an account: entries, positions from fills, causes of change."""
