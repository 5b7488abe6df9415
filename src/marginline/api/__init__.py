"""HTTP and WebSocket over the monitor: everything the page shows, as JSON."""
