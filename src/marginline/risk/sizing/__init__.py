"""The largest order, the smallest reduction, stops that come too late."""
