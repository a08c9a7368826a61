"""A package by name, because a dependency of the tests ships a package of the same name."""
