"""What can be done here: one function is one transaction."""
