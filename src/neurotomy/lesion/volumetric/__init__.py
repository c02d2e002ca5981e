"""The lesion in three dimensions, in the patient's own tissue.

Two grids behind the one interface of :class:`~neurotomy.lesion.problem.Problem`: a cylinder about one straight needle,
and a Cartesian grid with any number of electrodes immersed in it.
"""
