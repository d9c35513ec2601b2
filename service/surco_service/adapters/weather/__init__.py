"""Weather services on the Internet."""
