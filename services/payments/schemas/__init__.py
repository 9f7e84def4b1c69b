"""What callers send to payments, and what it answers."""
