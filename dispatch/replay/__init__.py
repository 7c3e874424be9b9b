"""A day lived again on a simulated clock: real operations, made-up customers, shops, roads."""
