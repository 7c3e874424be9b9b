"""When things run; what they do is in operations."""
