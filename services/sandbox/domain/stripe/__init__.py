"""Stripe's rules: what its description says, and what no description holds."""
