"""`marginline top`: a monitor's accounts in the terminal."""
