"""The release gate: run every lifecycle with a candidate, judge all laws, write the verdict."""
