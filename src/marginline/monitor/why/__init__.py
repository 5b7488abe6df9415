"""Why an account's figures moved while this run watched: what was kept of it, and the parts."""
