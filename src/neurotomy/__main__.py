"""``python -m neurotomy`` is the command line."""

from neurotomy.cli import main

if __name__ == "__main__":
    main()
