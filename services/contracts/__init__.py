"""What the contexts tell each other: a file per producer, and nothing else. Fields are only ever added."""
