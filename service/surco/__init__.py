"""The command that puts everything on one machine: up, demo, node, doctor and the rest."""
