"""Each architecture of the zoo takes frames and returns logits, and can be saved."""

from pathlib import Path

import keras
import numpy as np
import pytest

from train.architectures import ARCHITECTURES, LEAST_VARIANCE, adapt

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
