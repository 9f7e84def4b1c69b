"""What booking does: load, decide, save, tell."""
