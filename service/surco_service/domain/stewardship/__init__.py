"""Gardens, beds, and what people record."""
