"""`marginline history`: what was kept, on the terminal and in files."""
