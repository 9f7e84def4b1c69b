"""What the operator can have done."""
