{{header}}"""
{{about}}
"""

{{imports}}

{{cast}}class ModelVariant(StrEnum):
    """Available {{model}} model variants{{purpose}}."""

    {{member}} = "{{variant}}"


class ModelLoader(ForgeModel):
    """{{model}} model loader implementation{{purpose}}."""

    _VARIANTS = {
{{variants}},
    }

    DEFAULT_VARIANT = ModelVariant.{{member}}

    @classmethod
    def _get_model_info(cls, variant: ModelVariant) -> ModelInfo:
        """Get model information for dashboard and metrics reporting.

        Args:
            variant: ModelVariant that the information is about.

        Returns:
            ModelInfo: Information about the model and variant.
        """
        return ModelInfo(
            model="{{model}}",
            variant=variant,
            group=ModelGroup.GENERALITY,
            task=ModelTask.{{task}},
            source=ModelSource.{{source}},
            framework=Framework.TORCH,
        )

    def load_model(self, *, dtype_override=None, **kwargs):
        """Load and return the {{model}} model{{adapted}}.

        {{origin}}

        Args:
            dtype_override: Optional torch.dtype to override the model's default dtype.
                            If not provided, the model will use its default dtype.
            **kwargs: Further arguments of the model's constructor.

        Returns:
            torch.nn.Module: The {{model}} model instance.
        """
{{load}}        return model.eval()

    def load_inputs({{inputs_signature}}):
        """Load and return sample inputs for the {{model}} model.
{{inputs_doc}}
        Returns:
            {{inputs_returns}}
        """
{{inputs}}        return inputs
