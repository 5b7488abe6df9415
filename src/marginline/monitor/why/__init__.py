"""Why an account's figures moved: what was kept of it, in memory and in a store, and the parts."""
