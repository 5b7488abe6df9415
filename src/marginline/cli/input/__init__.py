"""What a command is given: files, options, changes."""
