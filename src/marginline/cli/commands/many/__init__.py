"""Many accounts at once: the table of `marginline health`, as text, JSON, CSV, Markdown, HTML."""
