import json
from enum import Enum
from pathlib import Path

CompileDepth = Enum(
    "CompileDepth",
    {"TORCH_FX": 1, "STABLEHLO": 2, "TTNN_IR": 3, "COMPILE_OP_BY_OP": 4, "EXECUTE_OP_BY_OP": 5, "EXECUTE": 6},
)
OpByOpBackend = Enum("OpByOpBackend", {"TORCH": 1, "STABLEHLO": 2})


class CompilerConfig:
    def __init__(self):
        self.compile_depth = CompileDepth.EXECUTE
        self.enable_consteval = False
        self._consteval_parameters = False
        self.results_path = "results/models/"

    @property
    def consteval_parameters(self):
        return self._consteval_parameters

    @consteval_parameters.setter
    def consteval_parameters(self, value):
        if not self.enable_consteval:
            raise ValueError("consteval_parameters needs enable_consteval")
        self._consteval_parameters = value

    def save_unique_ops(self):
        """Two operators, of which the second did not get through."""
        rows = {
            "aten.linear_2x8": {
                "framework_op_name": "aten.linear", "input_shapes": ["(2, 8)"], "compilation_status": 7,
                "runtime_stack_dump": "", "pcc": "1.00",
            },
            "aten.tanh_2x8": {
                "framework_op_name": "aten.tanh", "input_shapes": ["(2, 8)"], "compilation_status": 5,
                "runtime_stack_dump": "Timeout exceeded for op during compile after 30 seconds.\nmore", "pcc": "",
            },
        }  # fmt: skip
        path = Path(self.results_path) / "stand_in_unique_ops.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows), encoding="utf-8")
