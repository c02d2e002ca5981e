"""A process that solves members of an ensemble: ``python -m neurotomy.lesion.uncertainty_worker``.

It reads pickled jobs from its standard input and answers on its standard output, until the input ends. A program of its
own, and not a fork or a spawned copy of the caller: it works from a notebook, a script without a main guard and a web
server alike, and its numerical libraries are set to one thread before they are loaded.
"""

from __future__ import annotations

import pickle
import signal
import sys
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neurotomy.lesion.member import Inputs
    from neurotomy.lesion.simulation import Numerics

__all__ = ["OUTPUTS", "main", "member_outputs"]

QUANTITIES = ("width_mm", "length_mm", "beyond_tip_mm", "volume_mm3")
CRITERIA = ("isotherm_50c", "isotherm_60c", "necrosis")
OUTPUTS = tuple((criterion, quantity) for criterion in CRITERIA for quantity in QUANTITIES)
"""What is kept of a member, in this order."""


def member_outputs(
    inputs: Inputs, names: tuple[str, ...], quantiles: NDArray[np.float64], numerics: Numerics
) -> NDArray[np.float64]:
    """Solve one member.

    Parameters
    ----------
    inputs
        The best estimate of everything.
    names, quantiles
        The inputs that differ, and where in their distribution they lie.
    numerics
        Grid and step.

    Returns
    -------
    array
        One number for each of :data:`OUTPUTS`.
    """
    import numpy as np

    from neurotomy.lesion.member import Edge, solve
    from neurotomy.lesion.uncertainty_inputs import drawn, edge_of

    where = dict(zip(names, quantiles.tolist(), strict=True))
    member = solve(drawn(inputs, where), numerics)
    edges = {"isotherm_50c": Edge(celsius=50.0), "isotherm_60c": Edge(celsius=60.0), "necrosis": edge_of(inputs, where)}
    found = []
    for criterion in CRITERIA:
        edge = edges[criterion]
        low, high = member.span_mm(edge)
        found += [member.width_mm(edge), high - low, max(-low, 0.0), member.volume_mm3(edge)]
    return np.array(found)


def main() -> None:
    """Answer jobs until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's to answer
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever else is printed must not be taken for an answer
    inputs, names, numerics = pickle.load(jobs)
    while True:
        try:
            first, rows = pickle.load(jobs)
        except EOFError:
            return
        try:
            answer: Any = [member_outputs(inputs, names, row, numerics) for row in rows]
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        _send(answers, (first, answer))


def _send(stream: IO[bytes], what: Any) -> None:
    pickle.dump(what, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


if __name__ == "__main__":
    main()
