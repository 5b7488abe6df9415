"""Keys of venues, as a person adds, tests and forgets them: at a terminal or on the page."""
