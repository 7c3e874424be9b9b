"""The store behind one door: SQLAlchemy, SQLite in WAL mode by default."""
