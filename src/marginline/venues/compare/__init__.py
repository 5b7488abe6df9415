"""What the venues' comparisons with their own figures share."""
