"""Pure domain: frozen values, and functions that give transitions. Nothing here reads a clock or a socket."""
