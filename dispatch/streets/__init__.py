"""How long from A to B: network arrays in, travel times out. Never a made-up number."""
