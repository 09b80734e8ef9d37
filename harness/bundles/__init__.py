"""Proof bundles: one archive of everything about a run, from which it can be repeated and compared."""
