"""Auth: who people are, which businesses there are, and who belongs to which."""
