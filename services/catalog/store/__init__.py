"""Catalog's tables."""
