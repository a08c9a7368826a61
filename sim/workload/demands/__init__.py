"""One module per demand distribution; the module's name is the `kind` in a scenario."""
