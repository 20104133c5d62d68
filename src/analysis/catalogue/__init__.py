"""Definitions as frozen dataclasses, loaded and cross-checked with file and line; touches the root alone."""
