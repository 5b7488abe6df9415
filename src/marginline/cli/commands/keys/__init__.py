"""`marginline keys`: keys of venues, kept where no other program finds them."""
