"""The advice of beds: their diary, the situation of now, weather, and what pages show of it."""
