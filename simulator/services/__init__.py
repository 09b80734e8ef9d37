"""One file for each host. They know the store and each other not at all."""
