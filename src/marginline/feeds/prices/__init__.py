"""Public streams of polled venues: marks, indices, funding as they come, else by REST."""
