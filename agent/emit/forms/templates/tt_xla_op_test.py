{{header}}
"""{{about}}"""

{{imports}}

{{code}}
{{helpers}}

class {{class}}(torch.nn.Module):
    def forward(self{{parameters}}):
        return run({{arguments}})


@pytest.mark.nightly
@pytest.mark.single_device
@pytest.mark.record_test_properties(category=Category.OP_TEST)
def test_{{op}}():
{{inputs}}    run_op_test({{class}}(), [{{arguments}}], framework=Framework.TORCH)
