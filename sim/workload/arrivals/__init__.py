"""One module per arrival shape; the module's name is the `kind` in a scenario."""
