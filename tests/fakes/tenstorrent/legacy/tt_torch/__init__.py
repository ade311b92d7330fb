import tt_torch.dynamo.backend  # noqa: F401 - registers the backend
