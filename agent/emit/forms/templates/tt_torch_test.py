{{header}}"""
{{about}}
"""

{{imports}}

{{cast}}class ThisTester(ModelTester):
    def _load_model(self):
{{load}}        return {{model}}

    def _load_inputs(self):
{{inputs}}        return inputs


@pytest.mark.unspecified
@pytest.mark.parametrize("mode", ["eval"])
@pytest.mark.parametrize(
    "op_by_op",
    [OpByOpBackend.STABLEHLO, OpByOpBackend.TORCH, None],
    ids=["op_by_op_stablehlo", "op_by_op_torch", "full"],
)
def test_{{name}}(record_property, mode, op_by_op):
    cc = CompilerConfig()
{{config}}    if op_by_op:
        cc.compile_depth = CompileDepth.EXECUTE_OP_BY_OP
        if op_by_op == OpByOpBackend.STABLEHLO:
            cc.op_by_op_backend = OpByOpBackend.STABLEHLO

    tester = ThisTester(
        "{{model_name}}",
        mode,
        compiler_config=cc,
        record_property_handle=record_property,
        model_group="generality",
        assert_pcc=True,
        assert_atol=False,
    )
{{results}}    tester.finalize()
