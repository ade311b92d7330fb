import copy
import json


class PretrainedConfig:
    """Settings that all models share."""

    model_type = ""

    def __init__(self, **kwargs):
        self.return_tuple = kwargs.pop("return_tuple", False)
        self.output_hidden_states = kwargs.pop("output_hidden_states", False)
        self.output_attentions = kwargs.pop("output_attentions", False)
        self.use_cache = kwargs.pop("use_cache", True)
        self.torchscript = kwargs.pop("torchscript", False)
        self.labels = kwargs.pop("labels", 2)
        self.id2label = kwargs.pop("id2label", {i: f"LABEL_{i}" for i in range(self.labels)})
        for k, v in kwargs.items():
            setattr(self, k, v)

    @property
    def use_return_tuple(self):
        # scripted models can only hand out tuples
        return self.torchscript or self.return_tuple

    @classmethod
    def from_dict(cls, values, **overrides):
        values = dict(values, **overrides)
        kind = values.pop("model_type", None)
        if kind is not None and kind != cls.model_type:
            raise ValueError(kind)
        return cls(**values)

    @classmethod
    def from_json(cls, path, **overrides):
        with open(path) as f:
            return cls.from_dict(json.load(f), **overrides)

    def to_dict(self):
        out = copy.deepcopy(self.__dict__)
        out["model_type"] = self.model_type
        return out

    def to_diff(self):
        base = PretrainedConfig().to_dict()
        return {k: v for k, v in self.to_dict().items() if base.get(k) != v}

    def save(self, path):
        with open(path, "w") as f:
            json.dump(self.to_diff(), f, indent=2, sort_keys=True)

    def __eq__(self, other):
        return self.to_dict() == other.to_dict()

    def items(self, as_tuple=False):
        pairs = self.to_dict().items()
        return tuple(pairs) if as_tuple else dict(pairs)


class EncoderConfig(PretrainedConfig):
    model_type = "encoder"

    def __init__(self, width=256, heads=4, depth=4, vocab=1000, **kwargs):
        super().__init__(**kwargs)
        self.width, self.heads, self.depth, self.vocab = width, heads, depth, vocab


class ExportConfig(EncoderConfig):
    model_type = "export"

    def __init__(self, **kwargs):
        super().__init__(return_tuple=True, **kwargs)

    def names(self):
        return ("ids", "mask")
