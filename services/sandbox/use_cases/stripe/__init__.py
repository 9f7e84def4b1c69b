"""What the stand-in for Stripe does: each operation is one transaction."""
