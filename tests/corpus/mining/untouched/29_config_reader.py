import copy
import os
import re
import typing as t

PATTERN = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


class Config(dict):
    """Nested dictionaries with attribute access, `config.model.in_channels`."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self[name] = value

    @classmethod
    def wrap(cls, value):
        if isinstance(value, dict):
            return cls({k: cls.wrap(v) for k, v in value.items()})
        if isinstance(value, (list, tuple)):
            return type(value)(cls.wrap(v) for v in value)
        return value

    def merge(self, other: t.Mapping) -> "Config":
        out = copy.deepcopy(self)
        for k, v in other.items():
            if isinstance(v, dict) and isinstance(out.get(k), Config):
                out[k] = out[k].merge(v)
            else:
                out[k] = Config.wrap(v)
        return out

    def flat(self, prefix=""):
        for k, v in self.items():
            if isinstance(v, Config):
                yield from v.flat(f"{prefix}{k}.")
            else:
                yield f"{prefix}{k}", v


def expand(text: str) -> str:
    def one(m):
        value = os.environ.get(m.group(1), m.group(2))
        if value is None:
            raise KeyError(f"{m.group(1)} is not set")
        return value

    return PATTERN.sub(one, text)


def diff(a: Config, b: Config) -> t.List[str]:
    x, y = dict(a.flat()), dict(b.flat())
    return [f"{k}: {x.get(k)} -> {y.get(k)}" for k in sorted(x.keys() | y.keys()) if x.get(k) != y.get(k)]


def build(config: Config, table: t.Mapping[str, t.Callable]):
    unet = config.unet
    return table[unet.kind](unet.in_channels, unet.sample_size)


def scale(config: Config) -> float:
    return config.vae.scaling_factor
