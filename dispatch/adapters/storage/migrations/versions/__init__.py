"""One step a file, numbered: 0001 made the first tables."""
