"""Better, worse, moved, who bears it, what is missing; touches tables and measures."""
