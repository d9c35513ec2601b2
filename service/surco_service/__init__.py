"""The service of Surco: readings in, watering advice out."""
