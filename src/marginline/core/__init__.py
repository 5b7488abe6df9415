"""The nouns, the normal form of a pool, and the assessment that works on it."""
