"""Where live things are wired together: the simulated venue, feeds, monitor, API and page."""
