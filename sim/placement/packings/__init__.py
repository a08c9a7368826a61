"""Kinds of packing: onto which of the instances with room in a zone; one module per kind."""
