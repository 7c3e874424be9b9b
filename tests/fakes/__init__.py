"""Plugs for tests: a clock that stands still, ids in order, a town drawn in letters, a house."""
