"""The Notebook's database with SQLAlchemy Core: SQLite in one file, or PostgreSQL."""
