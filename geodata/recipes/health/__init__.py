"""Can these streets be trusted? Measured on the arrays, said in words."""
