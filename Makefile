# Names for the commands of README.md, docs/training.md and CONTRIBUTING.md; each line can be typed as it
# is. DATA is the folder of films.
DATA ?= data

.PHONY: help test lint ci figures models

help:
	@echo "make test                  all tests (pip install -r requirements-dev.txt)"
	@echo "make lint                  ruff and mypy"
	@echo "make ci                    everything, from nothing"
	@echo "make figures DATA=folder   docs/evaluation.md, the figures in the cards, the references"
	@echo "make models DATA=folder    the shipped models (pip install -r requirements-teacher.txt)"

test:
	python -m pytest

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
	python -m training teacher --data $(DATA)
	python -m training poster --config distilled --data $(DATA) --teacher runs/teacher
	python -m training overview --config distilled --data $(DATA) --teacher runs/teacher
	python -m training fusion --data $(DATA) --poster runs/poster-distilled --overview runs/overview-distilled --teacher runs/teacher --run runs/fusion-distilled
	python -m export runs/poster-distilled runs/overview-distilled runs/fusion-distilled --to onnx_models --limits export/shipped_limits.txt
