"""Routes of gardens, beds and what people record."""
