"""Kinds of instance choice: which type is launched for an environment; one module per kind."""
