"""Arrays and tables in, values out: the methods, knowing no file, place or year.

Everything here depends on numpy, pandas and scipy alone, so that others can import it. A value that cannot
be given is missing, and a column named ``reason`` beside it says why; arguments without meaning raise
``analysis.errors.MeasureError`` (a ``ValueError``).
"""
