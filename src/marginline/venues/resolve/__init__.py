"""What the rulebooks share when they make pools of an account."""
