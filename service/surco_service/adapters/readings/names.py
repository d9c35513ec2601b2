"""How names and times are written in InfluxQL."""


def quote(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"


def during(node: str, start: int, end: int) -> str:
    return f"node = {quote(node)} AND time >= {start:d}s AND time < {end:d}s"
