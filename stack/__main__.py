"""`python -m stack`, which `./peepopay` hands over to."""

import sys

from stack.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
