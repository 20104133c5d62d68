"""The receipt of a report, and what an auditor does with it."""
