"""What a monitor keeps beyond its run: rounds as rows of a store, read back at the next start."""
