"""Looking ahead: how likely the line is touched, what a bad day does."""
