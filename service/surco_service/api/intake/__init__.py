"""Routes for gateways and what they bring: deliveries, commands, quarantine, readings."""
