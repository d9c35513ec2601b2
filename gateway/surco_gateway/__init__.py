"""The gateway: from MQTT to a spool on disk, and from there to the service."""
