"""The tables of booking: every query, rows as values."""
