"""Keys, certificates and tokens."""
