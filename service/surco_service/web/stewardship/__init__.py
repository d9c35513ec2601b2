"""Pages of a bed and what people write down of it."""
