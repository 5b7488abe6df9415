"""Stories: what the script does to the world, and what owners do by themselves."""
