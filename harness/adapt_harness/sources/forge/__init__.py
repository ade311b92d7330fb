"""Loaders of tt-forge-models: the contract they are written to, the checkout they stand in, and the model they give."""
