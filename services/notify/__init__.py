"""What people are told, by e-mail and text message: each message once."""
