"""State of the City: from publishers' ward-level figures to a report that can be checked."""

__version__ = "0.1.0"
