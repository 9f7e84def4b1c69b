"""What auth knows without asking anybody: rules and values, plain Python."""
