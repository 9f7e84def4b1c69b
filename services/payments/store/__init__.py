"""The tables of payments, and every query."""
