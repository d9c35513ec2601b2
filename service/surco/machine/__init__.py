"""This machine: the data folder, what runs on it, its certificates."""
