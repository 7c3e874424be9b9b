"""How a town's data is made. Run by hand, never imported while serving."""
