"""What gateways and phones bring: deliveries, the shelf, quarantine, gaps."""
