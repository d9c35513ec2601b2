"""Every stored reading of a placed probe as what Grafana draws: water content in a bed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from surco_service.ports import Notebook, Reading
from surco_service.usecases.advice import holds, moisture_line, read_registry


def lines(notebook: Notebook, readings: Sequence[Reading]) -> list[str]:
    """Return the lines of readings, each for the bed where its probe hung at that time."""
    registry = read_registry(notebook)
    beds = {bed.id: bed for bed in notebook.beds()}
    placed = {placement.node for placement in registry.placements}
    return [
        moisture_line(beds[placement.bed], placement, registry, reading)
        for reading in readings
        if reading.node in placed
        for placement in registry.placements
        if placement.node == reading.node
        and placement.bed in beds
        and holds(placement, datetime.fromtimestamp(reading.t, UTC))
    ]
