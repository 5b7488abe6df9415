"""Private streams of polled venues: they say that something changed, and the account is asked."""
