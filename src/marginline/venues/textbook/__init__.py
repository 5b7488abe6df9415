"""The two guides' own definitions, for any instrument: no venue, the common ground of all."""

VENUES = ("textbook",)
