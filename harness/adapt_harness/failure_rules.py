"""The tables that turn an exception into a class, an operator and a stable message. Rows are tried in order.

Messages are those of PyTorch, torch_xla, ONNX, OpenVINO, IREE and ExecuTorch; no row knows a model.
"""

from __future__ import annotations

import re

# (exception type, message, class); both are searched, so an empty pattern fits anything.
CLASSES: tuple[tuple[str, str, str], ...] = (
    (r"^MemoryError$", r"", "out-of-memory"),
    (
        r"",
        r"can't allocate memory|DefaultCPUAllocator: not enough memory|std::bad_alloc|out of memory",
        "out-of-memory",
    ),
    (r"^ModuleNotFoundError$", r"", "missing-package"),
    (
        r"^ImportError$",
        r"requires? the following packages|but it was not found in your environment|No module named",
        "missing-package",
    ),
    (r"^ImportError$|^SyntaxError$|^IndentationError$", r"", "import-error"),
    (r"", r"requires the .{1,60} (library|package)|is not installed|pip install", "missing-package"),
    (r"DataDependent|GuardOnDataDependent|^PendingUnbackedSymbolNotFound$", r"", "data-dependent"),
    (
        r"",
        r"data.dependent|unbacked sym|Could not (guard on|extract specialized)|u\d+ (==|<|>|>=|<=|!=) |"
        r"Dynamic control flow|aten\._local_scalar_dense|aten\.item|aten\.nonzero\.default.{0,80}(unbacked|data)",
        "data-dependent",
    ),
    (
        r"",
        r"No decompositions? registered for .{0,60}complex|"
        r"complex(64|128)?.{0,60}(not supported|unsupported|no decomposition)|"
        r"[Uu]nsupported (data ?type|dtype|element type|scalar type)|"
        r"not implemented for '(Half|BFloat16|Bool|Complex\w+|Long|Int|Short|Char|Byte)'|"
        r"[Gg]ot (unsupported )?ScalarType|(data ?type|dtype).{0,40}(not supported|unsupported)|"
        r"Type '?\w*complex|complex type",
        "unsupported-dtype",
    ),
    (
        r"",
        r"No ONNX function found|No conversion rule|No decompositions? registered|not implemented for the|"
        r"NotImplementedOp|"
        r"[Uu]nsupported (op|operator|operation|FX|node|func)|No translator|cannot be converted|No function for|"
        r"[Uu]nimplemented (torch op|call_function)|Unhandled FX node|Could not find an implementation|"
        r"is not a registered|"
        r"Missing out variants|op conversion|has no attribute '(sym_|_)|MissingOperator|Unknown builtin|"
        r"Converter is not|not Core ATen|NOT_IMPLEMENTED|ops not capturable by Pytorch/XLA",
        "unsupported-op",
    ),
    (
        r"OpConversion|UnsupportedOperator|DispatchError|UnsupportedFx|SpecViolationError|UnsupportedOpException",
        r"",
        "unsupported-op",
    ),
    (
        r"",
        r"failed to legalize|explicitly marked illegal|illegal op|could not be legalized|failed to run translation",
        "legalize-failed",
    ),
    (
        r"",
        r"size mismatch|shapes? .{0,60}(mismatch|incompatible|cannot be|not match|do not match|don't match)|"
        r"must match the (size|existing)|"
        r"ShapeInferenceError|inferred input/output operand|Incompatible (shape|dimension)|Expected .{0,30}shape|"
        r"mat1 and mat2 shapes|shape '\[.*\]' is invalid|Dimension.{0,60}(mismatch|incompatible|not)|"
        r"INVALID_ARGUMENT.{0,80}(shape|dim)",
        "shape-mismatch",
    ),
    (
        r"^(OSError|EnvironmentError|SafetensorError|UnpicklingError)$",
        r"checkpoint|safetensors|pytorch_model|state_dict|header|pickle",
        "bad-checkpoint",
    ),
)
# Stages where anything unrecognised is the model's Python raising, as opposed to a backend refusing.
PYTHON_STAGES = ("resolve", "load", "inputs", "eager", "capture")

# Wrappers whose cause says more than they do.
WRAPPERS = re.compile(
    r"^(ConversionError|TorchExportError|OnnxExporterError|BackendCompilerFailed|InternalTorchDynamoError|"
    r"InductorError|LoweringException|GraphConstructionError|OpConversionError)$"
)

# Where a backend's text names the operator; the first group that matches is it.
OPERATORS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(p)
    for p in (
        r"<\{name = \"torch\.([\w.]+)\"",
        r"target=<function (\w+) at",
        r"No ONNX function found for <OpOverload\(op='([\w.:]+)', overload='\w+'\)>",
        r"<OpOverload\(op='([\w.:]+)'",
        r"legalize (?:unresolved )?(?:operation )?'(?!torch\.constant\.)(?:torch\.)?([\w.]+)'",
        r"'torch\.operator' op .*?\"?(torch\.\w+\.[\w.]+)",
        r"(?:torch\.)?operator \"(torch\.[\w.]+)\"",
        r"(?:While translating|Conversion is failed for|Exception happened during conversion of operation) ([\w.:]+)",
        r"Unsupported (?:op|operator|operation|FX node|func)[^\w]{1,3}([\w.:]+)",
        r"target: ([\w]+(?:::|\.)[\w.]+)",
        r"call_function\[target=(?:torch\.ops\.)?([\w.]+)\]",
        r"Could not find an implementation for (\w+)",
        r"Node \([\w/.]*\) Op \((\w+)\)",
        r"'([a-z]\w*\.[a-z]\w+)' op ",
        r"\b((?:aten|prims|torchvision|higher_order)(?:::|\.)[a-z_]\w*(?:\.\w+)?|\w+::[a-z_]\w*\.\w+)",
        r"\b(sym_ite|sym_not|sym_max|sym_min|sym_sum|sym_float)\b",
    )
)

# A backend that lists everything it cannot convert: any of these may be the first in the graph.
OPERATOR_LIST = re.compile(r"No conversion rule found for operations?: ([\w.:, ]+)")

# The sentence that says what is wrong, where it is not simply the first line.
HEADLINES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(p, re.M)
    for p in (
        r"^(?:-- )?(No conversion rule found[^\n]*)",
        # An argument of the operator that has no translation, which IREE does not name: which argument is chance.
        r": error: (failed to legalize operation 'torch\.constant)\.",
        r":\d+:\d+: error: ([^\n]*)",
        r"^error: ([^\n]*)",
        r"^(?:-- )?(Conversion is failed for[^\n]*|Exception happened during conversion[^\n]*)",
        r"^(?:Consider annotating[^\n]*\. )?(Could not (?:guard on|extract)[^\n]*)",  # strict export says more, first
    )
)

# Where a backend's text names the graph's node, and where it names a line of Python.
NODES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(p)
    for p in (
        r"[Nn]ode: ?%?([a-z_]\w*)",
        r"While executing %(\w+)",
        r"%(\w+) : \[num_users",
        r"Node \(node_([\w]+)\)",
        r"node name '?(\w+)'?",
        r"for node %?([a-z_]\w*)",
    )
)
LINES = re.compile(r'(?:^|[\s("])((?:/|\w)[^\s":()]*\.py)"?:(\d+)(?::\d+)?')
USER_CODE = re.compile(r'File "([^"]+\.py)", line (\d+), in (\S+)')

# Folding: two runs of one failure must give one text.
FOLDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r",? ?\{'(?:val|stack_trace|nn_module_stack|from_node)'.*", re.S), ""),
    (re.compile(r" \(unhinted: .*", re.S), ""),
    (re.compile(r"0x[0-9a-fA-F]+"), "@"),
    (re.compile(r"(?:/[^\s:\"'()]+)+/([^\s/:\"'()]+)"), r"\1"),
    (re.compile(r"(?<=[a-z])_\d+\b"), ""),
    (re.compile(r"\b([usz])\d+\b"), r"\1#"),
    (re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"), "#"),
    (re.compile(r"#(?:, ?#)+"), "#"),
    (re.compile(r"\s+"), " "),
)


def class_of(exception: str, message: str, stage: str) -> str:
    for kind, text, name in CLASSES:
        if re.search(kind, exception) and re.search(text, message):
            return name
    return "exception" if stage in PYTHON_STAGES or stage == "run" else "other"


def operators_of(message: str) -> list[str]:
    """Operators that the message blames, most specific first."""
    listed = OPERATOR_LIST.search(message)
    if listed:
        return [name.strip().replace("::", ".") for name in listed.group(1).split(",") if name.strip()]
    for pattern in OPERATORS:
        found = pattern.search(message)
        if found:
            return [found.group(1).replace("::", ".").strip(".")]
    return []


def headline(message: str) -> str:
    for pattern in HEADLINES:
        found = pattern.search(message)
        if found:
            return found.group(1).strip()
    return next((line.strip() for line in message.splitlines() if line.strip()), "")


def fold(text: str) -> str:
    for pattern, replacement in FOLDS:
        text = pattern.sub(replacement, text)
    return text.strip()
