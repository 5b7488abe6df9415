"""What to ask a venue for, so that an account can be judged: the same list whoever asks."""
