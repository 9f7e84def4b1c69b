"""The HTTP side of a context: one envelope, strict bodies, request ids, and who is asking."""
