"""What catalog knows without asking anybody."""
