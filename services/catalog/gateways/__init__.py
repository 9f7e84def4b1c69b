"""The world outside: where files are kept, and the library that reads pictures."""
