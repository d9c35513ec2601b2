"""Stores of readings: SQLite and InfluxDB."""
