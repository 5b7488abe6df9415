"""The venue's figures beside ours, and the likeliest reason where they differ."""
