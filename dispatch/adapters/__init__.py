"""The live plugs: database, geocoder, clock. The only floor that talks to the world."""
