"""What the stand-ins do: one function, one transaction."""
