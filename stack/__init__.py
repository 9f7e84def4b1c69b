"""The launcher: what turns one command into a whole running product on one machine."""
