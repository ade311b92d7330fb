# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0
'''Makes transformers:PatchTSTModel run on openvino.

Repairs:
  - pattern shape/sliding-windows-by-index: Sliding windows by index in place of Tensor.unfold

Use it before the model is exported or compiled:

    with applied():
        ...

The same change as a diff:

    --- a/transformers/models/patchtst/modeling_patchtst.py
    +++ b/transformers/models/patchtst/modeling_patchtst.py
    @@ -2,6 +2,14 @@
     from torch import nn


    +def sliding_windows(tensor, dimension, size, step):
    +    """The windows of `tensor.unfold`, as a copy."""
    +    count = (tensor.shape[dimension] - size) // step + 1
    +    index = torch.arange(count)[:, None] * step + torch.arange(size)
    +    windows = tensor.index_select(dimension, index.reshape(-1))
    +    return windows.unflatten(dimension, (count, size)).movedim(dimension + 1, -1)
    +
    +
     class PatchTSTPatchify(nn.Module):
         def forward(self, past_values):
    -        return past_values.unfold(-2, 4, 2)
    +        return sliding_windows(past_values, -2, 4, 2)
'''

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib
import linecache
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import NamedTuple


class OverrideError(RuntimeError):
    """The installed source is not the one that this override was made for."""


class Change(NamedTuple):
    # "replace" a function or method, "add" one to a class or module, or a "statement"
    # that is run in the module
    kind: str
    module: str
    qualname: str  # "function" or "Class.method"; "" for a statement
    expects: str  # SHA-256 of the normalised text that is replaced; "" where nothing is
    same_decorators: bool
    source: str  # full new text, indented as in the module


def normalised(text: str) -> str:
    lines = [
        line.rstrip(" \r")
        for line in textwrap.dedent(text.expandtabs(8)).strip("\n").split("\n")
    ]
    return "\n".join(lines)


def _definition(tree: ast.AST, qualname: str) -> ast.AST | None:
    node = tree
    for part in qualname.split("."):
        found = None
        for child in getattr(node, "body", []):
            if (
                isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                and child.name == part
            ):
                found = child  # the last definition wins, as it does for Python
        if found is None:
            return None
        node = found
    return node


def _text_of(path: str, qualname: str) -> str | None:
    with open(path, encoding="utf-8-sig") as file:
        text = file.read()
    node = _definition(ast.parse(text), qualname)
    if node is None:
        return None
    first = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno])


def _check(change: Change, path: str) -> None:
    text = _text_of(path, change.qualname)
    place = f"{change.module}.{change.qualname}"
    if text is None:
        raise OverrideError(f"{place} is not defined in {path}")
    found = hashlib.sha256(normalised(text).encode()).hexdigest()
    if found != change.expects:
        raise OverrideError(
            f"{place} in {path} is not the source that this override replaces: "
            "derive the patch again for this version"
        )


class _Body(type):
    """Class bodies of the carriers below: they see the real class's own names.

    Default arguments and decorators may need them.
    """

    # Real classes around the function, the outermost first; consumed while the
    # carriers are made.
    owners: list = []
    # (cell, real class): zero-argument super() and __class__ read the class from there.
    cells: list = []

    @classmethod
    def __prepare__(mcs, name, bases):
        owner = mcs.owners.pop(0)
        seen = {
            key: value
            for key, value in vars(owner).items()
            if not (key.startswith("__") and key.endswith("__"))
        }
        return {**seen, "__override_owner__": owner, "__override_body__": mcs}

    def __new__(mcs, name, bases, body):
        owner = body["__override_owner__"]
        if "__classcell__" in body:
            mcs.cells.append((body["__classcell__"], owner))
        made = {
            key: value
            for key, value in body.items()
            if vars(owner).get(key) is not value
        }
        return super().__new__(mcs, name, bases, made)


def _stored_name(qualname: str) -> str:
    """The key in the owner's namespace: private names are mangled with their class."""
    *classes, name = qualname.split(".")
    private = classes and name.startswith("__") and not name.endswith("__")
    return f"_{classes[-1].lstrip('_')}{name}" if private else name


def _register(filename: str, text: str) -> None:
    """Tracebacks, inspect and Dynamo read the text of generated code from here."""
    linecache.cache[filename] = (
        len(text),
        None,
        text.splitlines(keepends=True),
        filename,
    )


def _compile(change: Change, module: types.ModuleType):
    """The new function, made in the module's own namespace, under its own name."""
    *classes, name = change.qualname.split(".")
    # Classes around it, so that private names are mangled as in the original; strings
    # keep their bytes.
    heads = "".join(
        f"{' ' * depth}class {part}(metaclass=__override_body__):\n"
        for depth, part in enumerate(classes)
    )
    text = heads + change.source + "\n"
    filename = f"<override {change.module}.{change.qualname}>"
    _register(filename, text)
    _Body.owners[:], _Body.cells[:] = [], []
    owner = module
    for part in classes:
        owner = vars(owner)[part]
        _Body.owners.append(owner)
    scratch: dict = {"__override_body__": _Body}
    exec(
        compile(text, filename, "exec"), module.__dict__, scratch
    )  # noqa: S102 - the text is this file's own
    for cell, real in _Body.cells:
        cell.cell_contents = real
    made = scratch[(classes or [name])[0]]
    for part in classes[1:]:
        made = made.__dict__[part]
    return made.__dict__[_stored_name(change.qualname)] if classes else made


def _innermost(value, qualname: str):
    """The plain function under descriptors and decorators, or None.

    It is found by __wrapped__, else as the one that they close over.
    """
    for _ in range(32):
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        elif hasattr(value, "__wrapped__"):
            value = value.__wrapped__
        elif (
            isinstance(value, types.FunctionType)
            and value.__code__.co_name != qualname.rpartition(".")[2]
        ):
            held = [
                cell.cell_contents
                for cell in value.__closure__ or ()
                if cell != types.CellType()
            ]
            held = [
                item for item in held if getattr(item, "__qualname__", None) == qualname
            ]
            if len(held) != 1:
                return None
            value = held[0]
        else:
            break
    return value if isinstance(value, types.FunctionType) else None


def _swap_code(old: types.FunctionType, new: types.FunctionType, undo: list) -> None:
    before = (old.__code__, old.__defaults__, old.__kwdefaults__)

    def restore():
        old.__code__, old.__defaults__, old.__kwdefaults__ = before

    undo.append(restore)
    old.__code__, old.__defaults__, old.__kwdefaults__ = (
        new.__code__,
        new.__defaults__,
        new.__kwdefaults__,
    )


def _bind(owner, name: str, value, undo: list) -> None:
    missing = object()
    before = vars(owner).get(name, missing)
    undo.append(
        lambda: (
            delattr(owner, name) if before is missing else setattr(owner, name, before)
        )
    )
    setattr(owner, name, value)


def _rebind_everywhere(owner, old, new, undo: list) -> None:
    """Modules that imported the old function by value hold it themselves.

    So does a class that gives it a second name.
    """
    holders = [owner, *sys.modules.values()]
    for holder in holders:
        if not isinstance(holder, (types.ModuleType, type)):
            continue
        for name, value in list(vars(holder).items()):
            if value is old:
                _bind(holder, name, new, undo)


def _owner(module: types.ModuleType, qualname: str):
    owner = module
    for part in qualname.split(".")[:-1]:
        owner = vars(owner).get(part)
        if not isinstance(owner, type):
            raise OverrideError(
                f"{module.__name__}.{qualname} has no owner: {part} is not a class"
            )
    return owner


def _is_defined_here(value, module: types.ModuleType, qualname: str) -> bool:
    function = _innermost(value, qualname)
    return function is not None and (function.__module__, function.__qualname__) == (
        module.__name__,
        qualname,
    )


def _apply_function(change: Change, module: types.ModuleType, undo: list) -> None:
    place = f"{change.module}.{change.qualname}"
    owner, name = _owner(module, change.qualname), _stored_name(change.qualname)
    old = vars(owner).get(name)
    old_inner = _innermost(old, change.qualname)
    if change.kind == "add" and _is_defined_here(old, module, change.qualname):
        raise OverrideError(
            f"{place} exists already: derive the patch again for this version"
        )
    if old_inner is not None and old_inner.__code__.co_filename.startswith(
        "<override "
    ):
        raise OverrideError(
            f"{place} is replaced by another override: undo that one first"
        )
    made = _compile(change, module)
    inner = _innermost(made, change.qualname)
    swappable = (
        change.kind == "replace"
        and change.same_decorators
        and inner is not None
        and old_inner is not None
        and old_inner.__qualname__ == inner.__qualname__
        and old_inner.__code__.co_freevars == inner.__code__.co_freevars
    )
    # The function keeps its identity where it can, so that every table and every import
    # by value sees the new text.
    if swappable:
        _swap_code(old_inner, inner, undo)
        return
    _bind(owner, name, made, undo)
    if change.kind == "replace":
        _rebind_everywhere(owner, old, made, undo)


def _apply_statement(change: Change, module: types.ModuleType, undo: list) -> None:
    filename = f"<override {change.module}:{len(undo)}>"
    _register(filename, change.source + "\n")
    before = dict(vars(module))
    try:
        exec(compile(change.source, filename, "exec"), module.__dict__)  # noqa: S102
    finally:  # only what it bound is taken back: others may bind names meanwhile
        for name, value in list(vars(module).items()):
            if name in before and before[name] is value:
                continue
            undo.append(_unbinding(module, name, name in before, before.get(name)))


def _unbinding(module: types.ModuleType, name: str, was_there: bool, old):
    return lambda: (
        setattr(module, name, old) if was_there else vars(module).pop(name, None)
    )


def _forget_compiled() -> None:
    """Dynamo keeps what it compiled from the old text."""
    if "torch._dynamo" in sys.modules:
        sys.modules["torch._dynamo"].reset()


_depth = 0
_undo: list = []
_before_imports: list = (
    []
)  # what apply() does first; each step returns what takes it back


def apply() -> None:
    """Replace the functions listed in CHANGES in this process.

    Calls nest; the outermost undo() restores.
    """
    global _depth
    if _depth == 0:
        try:
            for first in _before_imports:
                _undo.append(first())
            modules = {
                change.module: importlib.import_module(change.module)
                for change in CHANGES
            }
            # All checks before the first change: applied whole or not at all.
            for change in CHANGES:
                if change.expects:
                    _check(change, modules[change.module].__file__)
            for change in CHANGES:
                step = (
                    _apply_statement if change.kind == "statement" else _apply_function
                )
                step(change, modules[change.module], _undo)
        except BaseException:
            _restore()
            raise
        _forget_compiled()
    _depth += 1


def _restore() -> None:
    while _undo:
        _undo.pop()()
    _forget_compiled()


def undo() -> None:
    """Take back one apply()."""
    global _depth
    if _depth == 0:
        return
    _depth -= 1
    if _depth == 0:
        _restore()


@contextlib.contextmanager
def applied() -> Iterator[None]:
    """with applied(): ..."""
    apply()
    try:
        yield
    finally:
        undo()


CHANGES = [
    Change(
        kind="add",
        module="transformers.models.patchtst.modeling_patchtst",
        qualname="sliding_windows",
        expects="",
        same_decorators=False,
        source='''def sliding_windows(tensor, dimension, size, step):
    """The windows of `tensor.unfold`, as a copy."""
    count = (tensor.shape[dimension] - size) // step + 1
    index = torch.arange(count)[:, None] * step + torch.arange(size)
    windows = tensor.index_select(dimension, index.reshape(-1))
    return windows.unflatten(dimension, (count, size)).movedim(dimension + 1, -1)''',
    ),
    Change(
        kind="replace",
        module="transformers.models.patchtst.modeling_patchtst",
        qualname="PatchTSTPatchify.forward",
        expects="653496fb75e40433dfb07351ca4832c3ba2af30f35ba570763f1ba31fb3f8503",
        same_decorators=True,
        source="""    def forward(self, past_values):
        return sliding_windows(past_values, -2, 4, 2)""",
    ),
]
