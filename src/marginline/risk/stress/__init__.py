"""What an account is worth on a bad day: named days, their mirror images, and who suffers."""
