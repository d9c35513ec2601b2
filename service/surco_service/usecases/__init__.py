"""One function for each thing that a person, a gateway or the clock can ask for."""
