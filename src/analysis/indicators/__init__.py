"""Observations become the tables of indicators, wards and inequality; touches cleaners, areas, measures, tables."""
