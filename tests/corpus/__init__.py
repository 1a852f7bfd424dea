"""Warnings on public code, each run in TensorFlow: WARNINGS.md is written by `python -m tests.corpus`."""
