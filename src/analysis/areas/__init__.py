"""How areas lead to areas: codes, lookups, outlines, shares by people, vintages; touches the cleaners."""
