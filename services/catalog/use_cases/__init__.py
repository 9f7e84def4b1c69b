"""What catalog does: one function, one transaction."""
