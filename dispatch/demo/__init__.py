"""A simulated town for the demonstration day: talks to the real house over HTTP, like anybody."""
