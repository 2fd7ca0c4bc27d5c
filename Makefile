# Names for the commands of README.md, docs/training.md and CONTRIBUTING.md; each line can be typed as it
# is. DATA is the folder of films.
DATA ?= data

.PHONY: help test coverage lint ci figures models

help:
	@echo "make test                  all tests (pip install -r requirements-dev.txt)"
	@echo "make coverage              the same, and which lines they ran"
	@echo "make lint                  ruff and mypy"
	@echo "make ci                    everything, from nothing"
	@echo "make figures DATA=folder   docs/evaluation.md, the figures in the cards, the references"
	@echo "make models DATA=folder    models like the shipped ones (pip install -r requirements-teacher.txt)"

test:
	python -m pytest

coverage:
	python -m pytest --cov=gradio_app --cov=training --cov=export --cov-report=term:skip-covered

lint:
	ruff check .
	ruff format --check .
	mypy

ci:
	.ci/run

figures:
	python -m training evaluate --data $(DATA) --earlier onnx_models/evaluation.json --report docs/evaluation.md
	python -m export --cards onnx_models/evaluation.json --to onnx_models
	python -m scripts.make_references

models:
	python -m training recipe --config distilled --data $(DATA) --to runs/recipe
	python -m export runs/recipe/runs/poster-mean runs/recipe/runs/overview runs/recipe/runs/fusion --to onnx_models --limits export/shipped_limits.txt
