"""The tables of auth and every query on them, and the copies of sessions in Valkey."""
