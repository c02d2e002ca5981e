"""The patient's papers: a sheet as page and paper, and a calendar, in the patient's language.

What is said is in ``texts/<language>.toml``; :mod:`~neurotomy.report.patient.sheet` chooses and fills the texts,
:mod:`~neurotomy.report.patient.page` and :mod:`~neurotomy.report.patient.paper` only set them.
"""
