"""Every step of the reader can be switched off, and what is left still reads."""

import numpy as np
import pytest

import model
from benchmarks import ablation, strings
from tests.test_segmentation import DIGITS, LABELS


@pytest.mark.parametrize("step", ablation.STEPS)
def test_a_step_switched_off_fits_where_it_was(step: str) -> None:
    hand = strings.mnist_hand(DIGITS, LABELS)
    page, text = strings.composed(hand, "touching", np.random.default_rng(1))
    (one, _), *_ = hand(1, np.random.default_rng(0))
    reader = model.load()
    with ablation.STEPS[step]():
        answers = [reader.read(page, number=True), reader.read(np.round(255 * one).astype("u1"))]
    assert all(answer.digits for answer in answers)
    if step == "nothing":
        assert answers[0].text == text
