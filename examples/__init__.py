"""Programs to read and to copy; each is run by the tests."""
