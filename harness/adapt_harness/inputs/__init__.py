"""Inputs for any model, from its signature and configuration; data tables and error messages, no model names."""

from adapt_harness.inputs.synthesis import Synthesis

__all__ = ["Synthesis"]
