"""`python -m vienv`."""

from vienv.cli import main

if __name__ == "__main__":  # spawned workers import this module and must not run it again
    main()
