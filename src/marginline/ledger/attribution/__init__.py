"""Why a margin balance, a requirement and a buffer moved between two moments."""
