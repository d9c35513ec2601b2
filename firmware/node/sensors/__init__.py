"""One file per sensor; `read()` returns everything that one measurement gave, by column code."""
