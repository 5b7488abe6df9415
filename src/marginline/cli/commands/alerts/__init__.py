"""`marginline alerts`: what is told, to whom, and whether it arrives."""
