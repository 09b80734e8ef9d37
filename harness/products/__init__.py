"""Product files: what the harness knows about an agent."""

from pathlib import Path

DEFAULT_PRODUCT = Path(__file__).with_name("azcmagent.toml")
