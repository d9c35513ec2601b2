"""Lines for InfluxDB, from which Grafana draws."""
