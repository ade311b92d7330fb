# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0
"""
PonderNet PyTorch model implementation.
"""

from .loader import ModelLoader, ModelVariant
