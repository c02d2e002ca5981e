"""The local web app. Read :mod:`~neurotomy.web.session` first: what is shown is there, and the pages only show it.

``server`` starts it, ``guard`` keeps others out, ``store`` keeps each person's case, ``frames`` makes the pictures, and
``pages`` puts the panels of ``suite``, ``burn``, ``meaning`` and ``opening`` together.
"""
