"""Azure Policy as far as it concerns machines: definitions, their conditions, and the expressions inside of them.

Everything here is a function of its arguments. Source: the documented structure of policy definitions.
"""
