"""The gate beside piuparts, which installs, upgrades and purges packages of Debian: on agents that others wrote."""
