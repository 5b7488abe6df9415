"""How likely an account touches its line: closed forms, and the instruments' own past."""
