def {{name}}(shape, generator, fill="some"):
    """A mask with places of both sorts, or all of them True or False."""
    if fill != "some":
        return torch.full(shape, fill == "all")
    drawn = torch.rand(shape, generator=generator) < 0.5
    if drawn.numel() > 1:
        drawn.view(-1)[:2] = torch.tensor([True, False])
    return drawn
