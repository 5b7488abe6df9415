"""Judging one account: the assessment of now, the worst of it, distances, plans, speed."""
