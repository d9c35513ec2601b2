"""Pages of whoever looks after the sensors."""
