# The two commands of the README. Each sets up what it needs; a second run starts at once.
.PHONY: demo test check format
.DEFAULT_GOAL := demo

demo: ; @scripts/install && .venv/bin/neurotomy demo --out neurotomy-demo
# One BLAS thread for each worker: the matrices are small, and threads that wait for each other cost minutes.
test: ; @scripts/install && scripts/install-debian orthanc orthanc-dicomweb dicom3tools chromium && scripts/check && OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 .venv/bin/python -m pytest --numprocesses 2 --dist worksteal
check: ; @scripts/install && scripts/check
format: ; @scripts/install && scripts/format
