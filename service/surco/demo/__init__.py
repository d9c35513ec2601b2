"""The demonstration: five invented gardens, their soil, and simulated nodes."""
