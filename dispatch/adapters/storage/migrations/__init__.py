"""Steps from one shape of the tables to the next; a released step is never edited."""
