"""The container engine, and the images that run on it. `docker` alone speaks to the engine while cases run."""
