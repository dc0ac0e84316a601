"""The engines: ways to draw the risks of scenarios, each a class with the methods of ``base``."""
