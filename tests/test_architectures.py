"""Each architecture of the zoo takes frames and returns logits, and can be saved."""

from pathlib import Path

import keras
import numpy as np
import pytest

from train.architectures import (
    ARCHITECTURES,
    INPUT,
    LEAST_VARIANCE,
    adapt,
    blend,
    chains,
    join,
    take_weights,
)

pytestmark = pytest.mark.no_cover  # as in test_train.py
LIGHT = sorted(set(ARCHITECTURES) - {"resnet50"})  # its 94 MB take a while to save


def frames(count: int = 6) -> np.ndarray:
    made = np.random.default_rng(0).integers(0, 256, (count, 28, 28)).astype(np.uint8)
    made[:, :4] = 0
    return made


def tensors(pictures: np.ndarray) -> np.ndarray:
    return pictures[..., None].astype(np.float32) / 255


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
@pytest.mark.parametrize("classes", [10, 11])
def test_logits_come_one_a_class(name: str, classes: int) -> None:
    model = ARCHITECTURES[name](classes)
    logits = model(tensors(frames()))
    assert model.name == name
    assert logits.shape == (6, classes)
    assert np.isfinite(logits).all()


@pytest.mark.parametrize("name", LIGHT)
def test_a_saved_network_is_the_same_again(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = ARCHITECTURES[name](10)
    adapt(model, frames(20))
    model.save(tmp_path / "saved.keras")
    again = keras.models.load_model(tmp_path / "saved.keras", safe_mode=True)
    x = tensors(frames())
    np.testing.assert_array_equal(again(x), model(x))


def test_the_scaler_is_inside_the_model() -> None:
    model = ARCHITECTURES["dense_standardized"](10)
    pictures = frames(200)
    adapt(model, pictures)
    flatten, standardize = model.layers[:2]
    flat = tensors(pictures).reshape(200, 784)
    spread = np.sqrt(np.maximum(flat.var(0), LEAST_VARIANCE))
    expected = (flat - flat.mean(0)) / spread
    np.testing.assert_allclose(standardize(flatten(tensors(pictures))), expected, atol=1e-4)


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50"])
def test_pretrained_weights_get_the_input_they_were_trained_on(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The download is left out: the weights asked for are noted, and random ones taken."""
    asked = []
    builder = {"mobilenet_v2": "MobileNetV2", "resnet50": "ResNet50"}[name]
    genuine = getattr(keras.applications, builder)

    def without_download(*shape, weights, **more):
        asked.append(weights)
        return genuine(*shape, weights=None, **more)

    monkeypatch.setattr(keras.applications, builder, without_download)
    model = ARCHITECTURES[name](10, weights="imagenet")
    assert asked == ["imagenet"]
    assert model.layers[-2].input_shape[-1] == 3
    assert model(tensors(frames())).shape == (6, 10)


def test_a_deeper_network_begins_with_what_a_shallower_one_answers() -> None:
    keras.utils.set_random_seed(5)
    deeper = ARCHITECTURES["cnn_eight"]()
    shallower = keras.Sequential([keras.Input(INPUT), *deeper.layers[:13], *deeper.layers[16:]])
    shallower = keras.models.clone_model(shallower)  # weights of its own
    shallower.compile("sgd", "sparse_categorical_crossentropy")
    pictures = frames(100)
    shallower.fit(tensors(pictures), np.arange(100) % 10, verbose=0)
    before = shallower.predict(tensors(pictures), verbose=0)
    assert np.abs(deeper.predict(tensors(pictures), verbose=0) - before).max() > 0.01
    take_weights(deeper, shallower, pictures)
    assert len(deeper.layers) == len(shallower.layers) + 3
    np.testing.assert_allclose(deeper.predict(tensors(pictures), verbose=0), before, atol=1e-4)


@pytest.mark.parametrize("name", ["cnn_five", "cnn_aug"])
def test_a_blend_lies_between_two_networks_and_is_normalised_anew(name: str) -> None:
    keras.utils.set_random_seed(6)
    own, other = ARCHITECTURES[name](), ARCHITECTURES[name]()
    kernels = [[layer.kernel.numpy() for layer in convolutions(m)] for m in (own, other)]
    pictures = frames(200)
    blend(own, other, 0.25, pictures)
    for blended, mine, theirs in zip(convolutions(own), *kernels, strict=True):
        np.testing.assert_allclose(blended.kernel, 0.75 * mine + 0.25 * theirs, atol=1e-6)
    for chain in chains(own):
        x = tensors(pictures)
        for layer in chain:
            x = layer(x, training=False)
            if isinstance(layer, keras.layers.BatchNormalization):  # fresh: scale 1, offset 0
                np.testing.assert_allclose(np.mean(x, (0, 1, 2)), 0, atol=1e-2)
                np.testing.assert_allclose(np.std(x, (0, 1, 2)), 1, atol=0.05)


def convolutions(model: keras.Model) -> list[keras.layers.Conv2D]:
    every = [layer for chain in chains(model) for layer in chain]
    return [layer for layer in every if isinstance(layer, keras.layers.Conv2D)]


def test_two_towers_answer_as_both_on_average() -> None:
    keras.utils.set_random_seed(8)
    eight, five, both = (ARCHITECTURES[name]() for name in ("cnn_eight", "cnn_five", "cnn_aug"))
    join(both, [eight, five], [0.7, 0.3])
    x = tensors(frames())
    expected = 0.7 * eight(x) + 0.3 * five(x)
    np.testing.assert_allclose(both(x), expected, atol=1e-5)
