"""What happened on the road, when the rest will, and what a customer may see of it."""
