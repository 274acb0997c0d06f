"""What is deployed where, by whom and why; and one step to change it."""

__version__ = "0.1.0"
