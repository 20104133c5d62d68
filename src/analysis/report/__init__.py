"""Blocks become PDF, page, workbook and data package; knows no table."""
