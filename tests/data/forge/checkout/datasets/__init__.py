"""Called like a package that many loaders import."""
