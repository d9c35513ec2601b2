"""Nodes by hand: labels, flashing, firmware over the air, batteries."""
