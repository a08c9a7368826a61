"""Kinds of zone balance: what happens while a zone cannot be launched in; one module per kind."""
