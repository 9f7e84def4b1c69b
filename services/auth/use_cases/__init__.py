"""What can be done in auth: one function is one act, with its transaction in sight."""
