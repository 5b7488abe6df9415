"""What moves of prices do to a whole book: shocks, grids, who falls, a map of liquidations."""
