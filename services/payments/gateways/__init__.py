"""The companies that move money."""
