"""`marginline book`: a million accounts."""
