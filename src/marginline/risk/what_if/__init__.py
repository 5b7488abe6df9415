"""What an account would be after orders, transfers and price moves."""
