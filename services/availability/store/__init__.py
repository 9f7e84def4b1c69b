"""The tables of availability: every query, and rows as values."""
