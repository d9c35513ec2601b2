"""Routes for nodes: claims and firmware."""
