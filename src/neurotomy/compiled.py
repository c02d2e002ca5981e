"""numba's compiler, with compiled code kept in the user's cache directory and not beside the source.

A kernel is compiled once for each machine and version, also where the package lies in a directory that cannot be
written to. ``NUMBA_CACHE_DIR``, when set, wins.
"""

from __future__ import annotations

from numba import get_num_threads, njit, prange, set_num_threads
from numba.core import config

from neurotomy.files import cache_dir

__all__ = ["get_num_threads", "njit", "prange", "set_num_threads"]

_options = vars(config)  # numba fills this module from the environment
if not _options.get("CACHE_DIR"):
    _options["CACHE_DIR"] = str(cache_dir() / "numba")
