"""Pages about water: today, why, rain."""
