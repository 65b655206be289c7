import pytest
import torch
from torch.nn.functional import cross_entropy

from rewarm.model.linear_cross_entropy import PLAIN, Logits, linear_cross_entropy


def inputs(tokens: int = 37, width: int = 24, vocabulary: int = 101) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(3)
    hidden = torch.randn(tokens, width, generator=generator).requires_grad_()
    head = torch.randn(vocabulary, width, generator=generator).requires_grad_()
    targets = torch.randint(0, vocabulary, (tokens,), generator=generator)
    weights = torch.rand(tokens, generator=generator)
    weights[::5] = 0
    return hidden, head, targets, weights


def reference(hidden, head, targets, weights, how=PLAIN):
    """Full logits in fp64, by torch itself: loss, token losses, both gradients."""
    hidden, head = (t.detach().double().requires_grad_() for t in (hidden, head))
    logits = how.scale * (hidden @ head.T)
    if how.softcap:
        logits = how.softcap * torch.tanh(logits / how.softcap)
    nll = cross_entropy(logits, targets, reduction="none")
    loss = ((nll + how.z_loss * logits.logsumexp(-1) ** 2) * weights.double()).sum()
    loss.backward()
    return loss, nll, hidden.grad, head.grad


@pytest.mark.parametrize("chunk", [1, 8, 37, 1000])
@pytest.mark.parametrize(
    "how",
    [
        PLAIN,
        Logits(scale=0.25),
        Logits(softcap=5.0),
        Logits(z_loss=0.1),
        Logits(0.5, softcap=3.0, z_loss=0.01),
    ],
)
def test_equals_full_logits_in_double_precision(chunk: int, how: Logits) -> None:
    hidden, head, targets, weights = inputs()
    loss, nll = linear_cross_entropy(hidden, head, targets, weights, chunk=chunk, logits=how)
    (3 * loss).backward()
    expected_loss, expected_nll, hidden_grad, head_grad = reference(hidden, head, targets, weights, how)
    torch.testing.assert_close(loss.double(), expected_loss, rtol=1e-6, atol=1e-5)
    torch.testing.assert_close(nll.double(), expected_nll, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(hidden.grad.double(), 3 * hidden_grad, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(head.grad.double(), 3 * head_grad, rtol=1e-4, atol=1e-5)


def test_a_token_without_weight_cannot_poison_the_others() -> None:
    hidden, head, targets, weights = inputs()
    clean, _ = linear_cross_entropy(hidden, head, targets, weights)
    clean.backward()
    expected = head.grad.clone()
    poisoned = hidden.detach().clone()
    poisoned[0] = float("nan")
    poisoned.requires_grad_()
    head.grad = None
    loss, _ = linear_cross_entropy(poisoned, head, targets, weights)
    loss.backward()
    assert loss.item() == pytest.approx(clean.item())
    assert poisoned.grad[0].eq(0).all()
    torch.testing.assert_close(head.grad, expected)


def test_bfloat16_stays_near_the_exact_gradient() -> None:
    hidden, head, targets, weights = inputs()
    expected_loss, _, _, head_grad = reference(hidden, head, targets, weights)
    loss, _ = linear_cross_entropy(hidden.bfloat16(), head, targets, weights)
    loss.backward()
    assert loss.item() == pytest.approx(expected_loss.item(), rel=0.02)
    assert torch.cosine_similarity(head.grad.flatten().double(), head_grad.flatten(), dim=0) > 0.999


def test_evaluation_needs_no_gradient() -> None:
    hidden, head, targets, weights = inputs()
    with torch.no_grad():
        loss, nll = linear_cross_entropy(hidden, head, targets, weights)
    assert not loss.requires_grad
    torch.testing.assert_close(loss, (nll * weights).sum())


def test_disagreeing_shapes_are_named() -> None:
    hidden, head, targets, weights = inputs()
    with pytest.raises(ValueError, match=r"targets \(36,\)"):
        linear_cross_entropy(hidden, head, targets[1:], weights)
