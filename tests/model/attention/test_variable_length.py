"""What reaches the CUDA kernels. The kernels themselves need a GPU: `rewarm doctor --gpu` runs them.

The reference in a kernel's place takes exactly the arguments that the kernel documents, works only from
those, and so shows that they say what the documents are.
"""

from typing import Any

import pytest
import torch
from all_pairs import CPU, plain, tensors

from rewarm.model.attention import variable_length
from rewarm.model.attention.documents import Documents, Unsupported
from rewarm.model.attention.interface import Kernel, Terms

CASES = [
    (None, None, (4, 2)),
    (None, 4.0, (4, 4)),
    (7, None, (6, 2)),
    (64, None, (4, 2)),  # longer than any document: no window
]


def _from_arguments(q, k, v, starts, longest, scale, window, softcap) -> torch.Tensor:
    """Attention from a kernel's arguments alone; window: (before, after), -1 for all."""
    assert starts.dtype == torch.int32 and starts[0] == 0 and starts[-1] == len(q)
    lengths = tuple(starts.diff().tolist())
    assert longest == max(lengths)
    assert all(part.is_contiguous() and part.dtype == torch.bfloat16 for part in (q, k, v))
    assert q.shape[-1] == v.shape[-1] and window[1] == 0
    documents = Documents(lengths, CPU, None if window[0] < 0 else window[0] + 1)
    return plain(q, k, v, documents, Terms(scale, softcap or None)).bfloat16()


def _flash(
    q, k, v, cu_seqlens_q, cu_seqlens_k, max_seqlen_q, max_seqlen_k, dropout_p=0.0, softmax_scale=None,
    causal=False, window_size=(-1, -1), softcap=0.0, alibi_slopes=None, deterministic=False,
    return_attn_probs=False, block_table=None,
):  # fmt: skip
    assert causal and deterministic and cu_seqlens_q is cu_seqlens_k and max_seqlen_q == max_seqlen_k
    window = (window_size[0], 0)
    return _from_arguments(q, k, v, cu_seqlens_q, max_seqlen_q, softmax_scale, window, softcap)


def _varlen(
    query, key, value, cu_seq_q, cu_seq_k, max_q, max_k, *, return_aux=None, scale=None,
    window_size=(-1, -1), enable_gqa=False, seqused_k=None, block_table=None, num_splits=None,
):  # fmt: skip
    assert cu_seq_q is cu_seq_k and max_q == max_k and enable_gqa == (query.shape[1] != key.shape[1])
    return _from_arguments(query, key, value, cu_seq_q, max_q, scale, window_size, None)


def _varlen_2_10(
    query, key, value, cu_seq_q, cu_seq_k, max_q, max_k, is_causal=False, return_aux=None, *, scale=None
):
    assert is_causal and query.shape[1] == key.shape[1]
    return _from_arguments(query, key, value, cu_seq_q, max_q, scale, (-1, 0), None)


@pytest.mark.parametrize(("window", "softcap", "heads"), CASES)
@pytest.mark.parametrize("name", ["flash", "varlen", "varlen_2_10"])
def test_the_arguments_say_what_the_documents_are(
    name: str, window, softcap, heads, monkeypatch: pytest.MonkeyPatch
) -> None:
    function: Any = {"flash": _flash, "varlen": _varlen, "varlen_2_10": _varlen_2_10}[name]
    kernel: Kernel = variable_length.flash if name == "flash" else variable_length.varlen
    monkeypatch.setattr(variable_length, f"{name[:6].rstrip('_')}_function", lambda: function)
    documents = Documents((5, 20, 20, 1), CPU, window)
    # Values narrower than queries, as in multi-head latent attention.
    given = [part.detach().bfloat16() for part in tensors(documents, *heads, 16, 8, seed=2)]
    terms = Terms(0.2, softcap)
    if name != "flash" and softcap:
        with pytest.raises(Unsupported, match="soft cap"):
            kernel(*given, documents, terms)
        return
    if name == "varlen_2_10" and documents.narrow:
        with pytest.raises(Unsupported, match="sliding window"):
            kernel(*given, documents, terms)
        return
    expected = plain(*given, documents, terms).bfloat16()
    torch.testing.assert_close(kernel(*given, documents, terms), expected)


def test_the_stand_ins_have_the_signature_of_the_kernel() -> None:
    from inspect import signature

    from torch.nn.attention.varlen import varlen_attn

    assert list(signature(_varlen).parameters) == list(signature(varlen_attn).parameters)


@pytest.mark.parametrize("kernel", [variable_length.flash, variable_length.varlen])
def test_what_the_kernels_do_not_compute_is_refused(kernel: Kernel) -> None:
    documents = Documents((4, 4), CPU)
    with pytest.raises(Unsupported, match=r"float32: set train\.precision"):
        kernel(*tensors(documents, 2, 2, 8, 8, 0), documents, Terms(1.0))
    wide = [part.bfloat16() for part in tensors(documents, 2, 2, 512, 512, 0)]
    with pytest.raises(Unsupported, match="heads of 512"):
        kernel(*wide, documents, Terms(1.0))
    with pytest.raises(Unsupported, match="sinks"):
        kernel(*wide, documents, Terms(1.0, sinks=torch.zeros(2)))
