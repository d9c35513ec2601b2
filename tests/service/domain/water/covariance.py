"""Whether a matrix can be a covariance at all: symmetric, and no sum of parts has less than no variance."""

import math

from surco_service.domain.water.belief import Matrix

ROUNDING = 1e-6  # of a correlation


def possible(rows: Matrix) -> bool:
    n = range(len(rows))
    if any(not math.isfinite(v) for row in rows for v in row) or any(rows[i][i] < 0 for i in n):
        return False
    sds = [math.sqrt(rows[i][i]) or 1.0 for i in n]
    part = [[rows[i][j] / (sds[i] * sds[j]) for j in n] for i in n]
    if any(abs(part[i][j] - part[j][i]) > ROUNDING for i in n for j in n):
        return False
    return _has_a_root(part)


def _has_a_root(part: list[list[float]]) -> bool:
    """Tell whether a Cholesky factor exists, give or take rounding."""
    n = len(part)
    root = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = part[i][j] - sum(root[i][k] * root[j][k] for k in range(j))
            if i == j:
                rest += ROUNDING
                if rest < 0:
                    return False
                root[i][i] = math.sqrt(rest)
            else:
                root[i][j] = rest / root[j][j] if root[j][j] > 0 else 0.0
    return True
