"""The store behind one door: SQLAlchemy, on SQLite in WAL mode or on PostgreSQL."""
