"""Orders of one shop at a time, as they come: who fetches what next, so that waiting is short."""
