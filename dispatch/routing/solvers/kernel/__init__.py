"""Compiled by Numba: whole numbers in arrays in, arrays out, no Python object in the loop."""
