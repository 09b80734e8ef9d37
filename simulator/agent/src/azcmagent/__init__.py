"""The stand-in agent: standard library only, Python 3.9 or later. Imitates what the real one shows and does."""
