"""OpenStreetMap's own words become a town of ours: © OpenStreetMap contributors, ODbL."""
