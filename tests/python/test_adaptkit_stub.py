"""The type stub and the compiled module say the same: names, parameters, kinds of members; every one is documented."""

import ast
import inspect
import re
from pathlib import Path

import adaptkit_module
import pytest

adaptkit = adaptkit_module.load()
core = adaptkit._core
STUB = ast.parse((Path(adaptkit.__file__).parent / "_core.pyi").read_text(encoding="utf-8"))


def is_public(name: str) -> bool:
    return not name.startswith("_")


def stub_functions(body: list[ast.stmt]) -> dict[str, list[ast.FunctionDef]]:
    out: dict[str, list[ast.FunctionDef]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            out.setdefault(node.name, []).append(node)
    return out


def decorators(function: ast.FunctionDef) -> set[str]:
    return {node.id for node in function.decorator_list if isinstance(node, ast.Name)}


def stub_parameters(function: ast.FunctionDef) -> list[str]:
    """Names in order; "*" parts off what is by keyword only, "name=" has a default."""
    a = function.args
    positional = a.posonlyargs + a.args
    first_default = len(positional) - len(a.defaults)
    out = [p.arg + ("=" if i >= first_default else "") for i, p in enumerate(positional)]
    out += ["*"] * bool(a.kwonlyargs)
    out += [p.arg + ("=" if default else "") for p, default in zip(a.kwonlyargs, a.kw_defaults, strict=True)]
    return out


def compiled_parameters(function: object, name: str) -> list[str]:
    """The same from the first line of the docstring, which pybind11 writes: `name(a: type, *, b: type = 1) -> type`."""
    line = function.__doc__.splitlines()[0]
    inside = re.match(rf"{name}\((.*)\)(?: -> .*)?$", line)[1]
    parts, depth, quoted = [""], 0, False
    for c in inside:
        quoted ^= c == "'"
        depth += (c in "[({<") - (c in "])}>") if not quoted else 0
        if c == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    parts = [part.strip() for part in parts if part.strip()]
    return [re.match(r"[\w*]+", part)[0] + ("=" if re.search(r" = ", part) else "") for part in parts]


STUB_CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def test_both_have_the_same_names():
    stub = set(STUB_CLASSES) | set(stub_functions(STUB.body)) - {"_use_data_folder"}
    assert {name for name in vars(core) if is_public(name)} == stub
    assert stub <= set(adaptkit.__all__) and set(adaptkit.__all__) <= set(vars(adaptkit))
    assert [name for name in vars(adaptkit) if is_public(name) and name not in adaptkit.__all__] == []


@pytest.mark.parametrize("name", STUB_CLASSES)
def test_classes_have_the_same_members(name):
    compiled, stub = getattr(core, name), stub_functions(STUB_CLASSES[name].body)
    members = {n: m for n, m in vars(compiled).items() if is_public(n)}
    assert set(members) == {n for n in stub if is_public(n)}
    with pytest.raises(TypeError):
        type("Derived", (compiled,), {})  # @final
    for member, overloads in stub.items():
        kinds = decorators(overloads[0])
        real = inspect.getattr_static(compiled, member)
        assert isinstance(real, property) == ("property" in kinds), member
        assert isinstance(real, staticmethod) == ("staticmethod" in kinds), member
        if is_public(member) and "property" not in kinds:
            parameters = compiled_parameters(getattr(compiled, member), member)
            assert [stub_parameters(o) for o in overloads] == [parameters] * len(overloads), member
    for dunder in ("__init__", "__len__", "__iter__", "__hash__", "__eq__"):
        has_own = dunder in vars(compiled) and (dunder != "__init__" or "No constructor" not in str(_call(compiled)))
        declared = dunder in stub or any(isinstance(n, ast.AnnAssign) and n.target.id == dunder
                                         for n in STUB_CLASSES[name].body)
        assert has_own == declared, (name, dunder)


def _call(compiled: type) -> object:
    try:
        return compiled()
    except TypeError as error:
        return error


def test_functions_have_the_same_parameters():
    for name, (stub,) in stub_functions(STUB.body).items():
        assert compiled_parameters(getattr(core, name), name) == stub_parameters(stub), name


def test_everything_says_what_it_is():
    for name in adaptkit.__all__:
        if name != "__version__":
            assert getattr(adaptkit, name).__doc__, name
            assert getattr(adaptkit, name).__module__ in {"adaptkit", "adaptkit._types"}, name


def test_plain_values_compare_print_and_travel():
    import copy
    import pickle

    span = adaptkit.Document("f(1)\n").nodes("call")[0].span
    assert span == (0, 4) and repr(span) == "Span(begin=0, end=4)"
    assert pickle.loads(pickle.dumps(span)) == copy.copy(span) == span
    error = pickle.loads(pickle.dumps(adaptkit.Error("why", kind="parse")))
    assert (str(error), error.kind) == ("why", "parse")
