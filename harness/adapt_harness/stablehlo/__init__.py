"""StableHLO as text: what its operations are. Knows nothing of who compiles it."""
