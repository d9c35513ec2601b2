"""Nodes: claimed, configured, diagnosed, updated."""
