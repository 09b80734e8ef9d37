"""Packages with one seeded defect each: how much of what goes wrong in the world does the gate catch?"""
