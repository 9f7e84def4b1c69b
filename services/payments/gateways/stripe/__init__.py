"""Stripe behind our own words: the `stripe` package, and all that has to be known about its API."""

from services.payments.gateways.stripe.adapter import Stripe

__all__ = ["Stripe"]
