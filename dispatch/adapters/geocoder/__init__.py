"""From an address a person typed to a point on the map, or an honest no."""
