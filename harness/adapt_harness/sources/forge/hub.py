"""Whether an exception says that something would have to be fetched: workers have no network, and nothing is downloaded."""

from __future__ import annotations

import re
import traceback

from adapt_harness.errors import message_of

# Modules whose connection errors are about the network and nothing else.
_MODULES = ("huggingface_hub", "requests", "urllib3", "httpx", "httpcore", "aiohttp", "urllib.error")
_NAMES = re.compile(r"Connection|Connect|Timeout|HTTPError|URLError|Offline|LocalEntryNotFound|RepoIdValidation|SSLError")
_SAID = re.compile(
    r"couldn't connect to|offline mode|is not a local folder|Can't load the (?:\w+ )+for '|Cannot send a request"
    r"|would have to be downloaded|Network is unreachable|Name or service not known|Temporary failure in name resolution"
    r"|Failed to download|IRD_LF_CACHE",
    re.I,
)
_REPOSITORY = re.compile(r"""['"]([\w.-]+/[\w.-]+)['"]""")
_FILE = re.compile(r"""https?://[\w.:-]+/(?!docs/)[^\s'")>]{1,200}""")  # more than a service's front page


# What libraries call the thing that they were asked for, in the frames of a failed call.
_ASKED = ("pretrained_model_name_or_path", "path_or_repo_id", "repo_id", "url", "fullurl")


def wanted_from_hub(error: BaseException) -> str | None:
    """What would have to be fetched, when that is why `error` was raised: a repository, an address, or "" where nothing
    names it. None for every other error."""
    for one in _chain(error):
        text = message_of(one)
        kind = type(one)
        by_type = kind.__module__.startswith(_MODULES) and _NAMES.search(kind.__name__)
        if by_type or isinstance(one, ConnectionError) or kind.__name__ == "gaierror" or _SAID.search(text):
            texts = [message_of(e) for e in _chain(error)]
            named = [m for pattern in (_REPOSITORY, _FILE) for t in texts for m in pattern.findall(t)]
            return next(iter(_asked_for(error) + named), "")
    return None


def _asked_for(error: BaseException) -> list[str]:
    """Texts of `_ASKED` in the frames that the exception came through, outermost first."""
    values = [frame.f_locals.get(name) for frame, _ in traceback.walk_tb(error.__traceback__) for name in _ASKED]
    return [value[:200] for value in values if isinstance(value, str) and value]


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found and len(found) < 16:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
