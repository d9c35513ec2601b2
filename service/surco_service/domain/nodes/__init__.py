"""Nodes and probes: what ails them, and the versions of their firmware."""
