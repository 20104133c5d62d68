"""Receipt, explanation, difference, second calculation, research object, signature; touches what made a report."""
