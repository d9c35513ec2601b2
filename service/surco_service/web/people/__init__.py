"""Pages about who comes in."""
