"""Water in the soil of a bed: what a probe and the balance say, and the verdict."""
