"""Writes a pytest file for one activation."""
