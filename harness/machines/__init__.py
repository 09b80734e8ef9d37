"""Machines: containers under test, seen and driven as an administrator would."""
