"""TABLE: how the errors of the service are answered over HTTP, to programs and to people alike."""

from surco_service.errors import Conflict, Invalid, NotFound, ServiceError, StoreUnavailable

STATUSES: dict[type[ServiceError], int] = {
    NotFound: 404, Conflict: 409, Invalid: 422, StoreUnavailable: 503,
}  # fmt: skip
"""Who may not is answered as `surco_service.access` says."""


def status_of(error: Exception) -> int:
    """Return how an error is answered; what is not in the table is a fault of ours."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
