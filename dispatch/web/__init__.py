"""Pages for people, one folder per reader; a view parses, calls one operation, renders."""
