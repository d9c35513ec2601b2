"""TABLES of what the command says to a person. A row is key: (Spanish, English)."""

from surco.sentences.energy import ENERGY
from surco.sentences.machine import MACHINE
from surco.sentences.nodes import NODES

WORDS = {**MACHINE, **NODES, **ENERGY}
