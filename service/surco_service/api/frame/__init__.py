"""What every route shares: who asks, limits, problems, health."""
