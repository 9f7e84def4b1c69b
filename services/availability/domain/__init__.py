"""What availability knows without asking anybody: what a calendar says, and the slots that follow from it."""
