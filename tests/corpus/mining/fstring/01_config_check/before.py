import json
import os
import logging

logger = logging.getLogger(__name__)


class ModelConfig(object):
    model_type = "plain"

    def __init__(self, hidden_size=768, num_heads=12, num_layers=12, vocab_size=30522, **kwargs):
        if hidden_size % num_heads != 0:
            raise ValueError(
                "The hidden size (%d) is not a multiple of the number of attention heads (%d)" % (hidden_size, num_heads)
            )
        self.hidden_size = hidden_size
        self.num_heads = num_heads
        self.num_layers = num_layers
        self.vocab_size = vocab_size
        for key, value in kwargs.items():
            try:
                setattr(self, key, value)
            except AttributeError as err:
                # lazy: formatted by logging, only when the record is kept
                logger.error("Can't set %s with value %s for %s", key, value, self)
                raise err

    @property
    def head_size(self):
        return self.hidden_size // self.num_heads

    def halves(self):
        return self.num_heads % 2 == 0

    @classmethod
    def from_file(cls, path):
        if os.path.isdir(path):
            path = os.path.join(path, "config.json")
        if not os.path.isfile(path):
            raise EnvironmentError("file %s not found" % path)
        with open(path, encoding="utf-8") as handle:
            values = json.load(handle)
        if values.pop("model_type", cls.model_type) != cls.model_type:
            raise ValueError("{} is not a configuration of {}".format(path, cls.__name__))
        return cls(**values)

    def to_json(self):
        return json.dumps(self.__dict__, indent=2, sort_keys=True) + "\n"

    def save(self, folder):
        if os.path.isfile(folder):
            raise AssertionError("Provided path ({}) should be a directory, not a file".format(folder))
        target = os.path.join(folder, "config.json")
        with open(target, "w", encoding="utf-8") as handle:
            handle.write(self.to_json())
        logger.info("Configuration saved in {}".format(target))

    def __repr__(self):
        return "{} {}".format(self.__class__.__name__, self.to_json())


def merge(first, second):
    values = dict(first.__dict__)
    values.update(second.__dict__)
    return ModelConfig(**values)
