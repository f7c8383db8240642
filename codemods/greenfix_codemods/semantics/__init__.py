"""How the questions of the rules are answered, once for all rules. Standard library only: ``ast``, never LibCST."""
