"""Health along a price path, and the range of prices in which a pool is safe."""
