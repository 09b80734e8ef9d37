"""Scenario files: YAML to structs, every mistake with its place and a suggestion."""
