# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0
"""
Bert PyTorch model implementation for masked language modeling.
"""

from .loader import ModelLoader, ModelVariant
