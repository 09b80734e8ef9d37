"""One file for each command: `options(parser, release)` and `run(context)`."""
