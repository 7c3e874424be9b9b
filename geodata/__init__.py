"""The towns as data, and the recipes that built them. Stands alone."""
