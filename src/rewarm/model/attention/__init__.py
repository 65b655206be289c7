"""Attention of packed documents without dense masks.

Packed documents must not see each other. A dense mask costs (sum of lengths)² in time and memory; every
path but the last costs the sum of squared lengths.

| path | device | how |
|---|---|---|
| flash | CUDA, bf16 | flash-attn's variable-length kernel |
| varlen | CUDA, bf16 | the one in PyTorch (2.10 and later); no soft cap |
| flex | CUDA | FlexAttention with a block mask; fp32 and soft caps too |
| documents | any | PyTorch's own kernels, a call for each document or run of equal lengths |
| dense | any | transformers' masks |

interface.py        what transformers calls: masks become document boundaries
documents.py        the boundaries of a batch
each_document.py    the path `documents`; blockwise.py: windows, soft caps and sinks in it
variable_length.py  flash and varlen
flex.py             the block mask
choice.py           which path a model takes, checked on the model itself
"""

from rewarm.model.attention.choice import PATHS, Choice, Path, checked, choose, take, use

__all__ = ["PATHS", "Choice", "Path", "checked", "choose", "take", "use"]
