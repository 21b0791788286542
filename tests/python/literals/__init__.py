"""The literals of rules: what may come in, the documented forms, and what PyYAML and pySigma read."""
