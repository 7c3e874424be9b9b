"""La Poste: labels, news of parcels, and a made-up one for tests and demonstrations."""
