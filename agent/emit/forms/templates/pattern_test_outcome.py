def {{name}}(function, *inputs):
    """What `function` returns, and what it leaves in its inputs."""
    inputs = [value.clone() for value in inputs]
    return function(*inputs), inputs
