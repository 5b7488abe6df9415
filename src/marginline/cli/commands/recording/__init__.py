"""`marginline record` and `marginline replay`: a run written down, and lived again."""
