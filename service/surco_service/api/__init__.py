"""The API: JSON for gateways and programs; one file per feature."""
