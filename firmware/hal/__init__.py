"""One file per kind of board: everything of the hardware that `node` needs, and nothing else."""
