"""The command line: parse, call, print. One file for each command; ``main`` is where a process starts.

Exit status: 0 done; 1 refused or failed, with the reason on stderr; 2 wrong usage; 130 stopped with Ctrl-C.
"""

from neurotomy.cli.app import main

__all__ = ["main"]
