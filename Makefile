# The two commands of the README. Each sets up what it needs; a second run starts at once.
.PHONY: demo test check format
.DEFAULT_GOAL := demo

demo: ; @scripts/install && .venv/bin/neurotomy demo --out neurotomy-demo
test: ; @scripts/install && scripts/check && .venv/bin/python -m pytest --numprocesses 2 --dist worksteal
check: ; @scripts/install && scripts/check
format: ; @scripts/install && scripts/format
