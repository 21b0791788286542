"""Queries that are filled into a learnt shape: each is the one that pySigma gives."""
