def {{name}}(values, generator, special):
    """`values` with some of them replaced by the numbers of `special`."""
    count = max(values.numel() // 8, 1)
    places = torch.randperm(values.numel(), generator=generator)[:count]
    chosen = torch.tensor(special)[torch.arange(len(places)) % len(special)]
    values.view(-1)[places] = chosen.to(values.dtype)
    return values
