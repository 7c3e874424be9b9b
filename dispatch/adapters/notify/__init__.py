"""Customers are told once, in words they know, and nobody reads over their shoulder."""
