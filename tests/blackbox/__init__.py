"""``dispatch serve`` as real processes over HTTP, as a shop meets it, when things go wrong."""
