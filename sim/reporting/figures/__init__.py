"""One figure per module: `TITLE`, `describe(tables)` in words, and `draw(tables, axes)`."""
