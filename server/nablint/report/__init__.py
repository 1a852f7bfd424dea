"""Findings and reports turned into text, for people and for machines: pure functions."""
