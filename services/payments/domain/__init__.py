"""What money is to us: plain Python."""
