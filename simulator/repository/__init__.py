"""Repositories like packages.microsoft.com: signed apt and rpm-md metadata, keys, and the configuration packages."""
