"""Transport: connections and what must not leak of them, signed requests, allowances, sockets."""
