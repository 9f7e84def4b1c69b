"""What auth asks of the world outside its database: Argon2 in threads, and Google."""
