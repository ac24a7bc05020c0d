"""The networks, each a list of layers with the output shape beside each stage.

Every network takes (n, 28, 28, 1) float32 in [0, 1] and returns logits (n, classes): ten digits, or
eleven with "no digit". `adapt` fits the layers that learn from the pictures rather than by descent.
"""

from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np
from keras import layers

CLASSES = 11  # ten digits, and ink that is no digit
INPUT = (28, 28, 1)
LEAST_VARIANCE = 0.01  # of a standardised pixel; those never inked in training have none


def dense(classes: int = CLASSES) -> keras.Sequential:
    """Two hidden layers on the bare pixels (DNN)."""
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        layers.Flatten(),  # 784
        layers.Dense(400, "relu"),  # 400
        layers.Dense(200, "relu"),  # 200
        layers.Dense(classes, name="logits"),  # classes
    ]
    return keras.Sequential(network, name="dense")


def dense_dropout(classes: int = CLASSES) -> keras.Sequential:
    """The same, regularised by dropout (Srivastava et al. 2014)."""
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        layers.Flatten(),  # 784
        layers.Dropout(0.1),  # 784
        layers.Dense(400, "relu"),  # 400
        layers.Dropout(0.3),  # 400
        layers.Dense(200, "relu"),  # 200
        layers.Dropout(0.3),  # 200
        layers.Dense(classes, name="logits"),  # classes
    ]
    return keras.Sequential(network, name="dense_dropout")


def dense_standardized(classes: int = CLASSES) -> keras.Sequential:
    """Each pixel standardised by its mean and variance in training, which the model carries."""
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        layers.Flatten(),  # 784
        layers.Normalization(),  # 784
        layers.Dropout(0.2),  # 784
        layers.Dense(400, "relu"),  # 400
        layers.Dropout(0.3),  # 400
        layers.Dense(200, "relu"),  # 200
        layers.Dense(classes, name="logits"),  # classes
    ]
    return keras.Sequential(network, name="dense_standardized")


def cnn_basic(classes: int = CLASSES) -> keras.Sequential:
    """Two stages of convolution and pooling, then one hidden layer (LeNet's plan)."""
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        layers.Conv2D(32, 3, activation="relu"),  # 26, 26, 32
        layers.MaxPooling2D(),  # 13, 13, 32
        layers.Conv2D(64, 3, activation="relu"),  # 11, 11, 64
        layers.MaxPooling2D(),  # 5, 5, 64
        layers.Flatten(),  # 1600
        layers.Dense(128, "relu"),  # 128
        layers.Dense(classes, name="logits"),  # classes
    ]
    return keras.Sequential(network, name="cnn_basic")


def cnn_deep(classes: int = CLASSES) -> keras.Sequential:
    """Four convolutions with batch normalisation, max-pooling and dropout between the stages."""
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        *_convolution(32),
        layers.MaxPooling2D(),  # 14, 14, 32
        *_convolution(64),
        *_convolution(64),
        layers.MaxPooling2D(),  # 7, 7, 64
        layers.Dropout(0.2),
        *_convolution(128),
        layers.MaxPooling2D(),  # 3, 3, 128
        layers.Dropout(0.3),
        layers.Flatten(),  # 1152
        layers.Dense(128, "relu"),  # 128
        layers.Dropout(0.3),
        layers.Dense(classes, name="logits"),  # classes
    ]
    return keras.Sequential(network, name="cnn_deep")


def cnn_eight(classes: int = CLASSES) -> keras.Sequential:
    """Three stages of two or three convolutions, then one map a class, averaged to its logit.

    The last convolution is 1x1 and linear, so that global average pooling of its maps is the same
    as one dense layer on globally pooled features (Lin et al. 2013), and the maps are the exact
    class activation maps (Zhou et al. 2016): a logit is the mean of its map.
    """
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        *_convolution(32),
        *_convolution(32),
        layers.MaxPooling2D(),  # 14, 14, 32
        *_convolution(64),
        *_convolution(64),
        *_convolution(64),
        layers.MaxPooling2D(),  # 7, 7, 64
        *_convolution(128),
        *_convolution(128),
        *_convolution(128),
        layers.SpatialDropout2D(0.3),  # 7, 7, 128
        *_class_maps(classes),
    ]
    return keras.Sequential(network, name="cnn_eight")


def cnn_five(classes: int = CLASSES) -> keras.Sequential:
    """Half the work of `cnn_eight`: large features first, and pooled at once."""
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        *_convolution(32, 5),
        layers.MaxPooling2D(),  # 14, 14, 32
        *_convolution(64),
        *_convolution(64),
        layers.MaxPooling2D(),  # 7, 7, 64
        *_convolution(128),
        *_convolution(128),
        layers.SpatialDropout2D(0.3),  # 7, 7, 128
        *_class_maps(classes),
    ]
    return keras.Sequential(network, name="cnn_five")


def cnn_aug(classes: int = CLASSES) -> keras.Model:
    """Ours: `cnn_eight` and `cnn_five` side by side, and one map a class from what both find.

    Two networks that were trained apart err apart: `join` makes the mean of their logits of it.
    """
    picture = keras.Input(INPUT)  # 28, 28, 1
    towers = [
        keras.Sequential(network.layers[:-2], name=network.name)
        for network in (cnn_eight(classes), cnn_five(classes))
    ]
    both = layers.Concatenate()([tower(picture) for tower in towers])  # 7, 7, 256
    class_maps, logits = _class_maps(classes)
    return keras.Model(picture, logits(class_maps(both)), name="cnn_aug")


def mobilenet_v2(classes: int = CLASSES, weights: str | None = None) -> keras.Sequential:
    """MobileNetV2 (Sandler et al. 2018) at a third of its width.

    From scratch it sees 32x32 pixels of one channel; with `weights="imagenet"`, which Keras
    downloads, 96x96 of three, as those weights were trained.
    """
    shape = (32, 32, 1) if weights is None else (96, 96, 3)
    body = keras.applications.MobileNetV2(
        shape, alpha=0.35, include_top=False, weights=weights, pooling="avg"
    )
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        *_enlarged(shape),  # 32, 32, 1 or 96, 96, 3
        layers.Rescaling(2.0, -1.0),  # in [-1, 1]
        _quick(body),  # 1280
        layers.Dense(classes, name="logits"),  # classes
    ]
    return keras.Sequential(network, name="mobilenet_v2")


def resnet50(classes: int = CLASSES, weights: str | None = None) -> keras.Sequential:
    """ResNet-50 (He et al. 2015).

    From scratch it sees 32x32 pixels of one channel; with `weights="imagenet"`, which Keras
    downloads, 64x64 of three, less the mean colour those weights were trained with.
    """
    shape = (32, 32, 1) if weights is None else (64, 64, 3)
    body = keras.applications.ResNet50(
        input_shape=shape, include_top=False, weights=weights, pooling="avg"
    )
    mean = [103.939, 116.779, 123.68]  # of ImageNet: blue, green, red
    scaled = layers.Rescaling(255.0, [-m for m in mean]) if weights else layers.Identity()
    network = [
        keras.Input(INPUT),  # 28, 28, 1
        *_enlarged(shape),  # 32, 32, 1 or 64, 64, 3
        scaled,
        _quick(body),  # 2048
        layers.Dense(classes, name="logits"),  # classes
    ]
    return keras.Sequential(network, name="resnet50")


def _convolution(filters: int, side: int = 3) -> list[keras.Layer]:
    return [
        layers.Conv2D(
            filters, side, padding="same", use_bias=False, kernel_initializer="he_normal"
        ),
        layers.BatchNormalization(momentum=0.95),
        layers.ReLU(),
    ]


def _class_maps(classes: int) -> list[keras.Layer]:
    return [
        layers.Conv2D(classes, 1, name="class_maps"),  # 7, 7, classes
        layers.GlobalAveragePooling2D(name="logits", dtype="float32"),  # classes
    ]


def _quick(body: keras.Model) -> keras.Model:
    """Let batch statistics settle within an epoch of MNIST: ImageNet's takes ten times as long."""
    for layer in body.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.95
    return body


def _enlarged(shape: tuple[int, int, int]) -> list[keras.Layer]:
    """Pad to 32x32, or enlarge and repeat the one channel for three colours."""
    if shape[2] == 1:
        return [layers.ZeroPadding2D(2)]
    gray = keras.Input((*shape[:2], 1))
    colours = keras.Model(gray, layers.Concatenate()([gray] * shape[2]), name="colours")
    return [layers.Resizing(*shape[:2]), colours]


def take_weights(model: keras.Model, source: keras.Model, pictures: np.ndarray) -> None:
    """Begin with what `source` has learned, which may have fewer convolutions in each stage.

    A convolution that it has not begins as the identity, so that the network answers as `source`
    does before it learns on (Net2DeeperNet, Chen et al. 2016): the last of its stage passes on what
    it gets, and is normalised by mean and variance over pictures (n, 28, 28) uint8.
    """
    if [w.shape for w in model.weights] == [w.shape for w in source.weights]:
        model.set_weights(source.get_weights())
        return
    given = [layer for layer in source.layers if not isinstance(layer, layers.InputLayer)]
    x = _tensors(pictures)
    for layer in model.layers:
        if given and type(layer) is type(given[0]):
            layer.set_weights(given.pop(0).get_weights())
        elif isinstance(layer, layers.Conv2D):
            kernel = np.zeros(layer.kernel.shape, np.float32)
            kernel[1, 1] = np.eye(kernel.shape[-1])
            layer.set_weights([kernel])
        elif isinstance(layer, layers.BatchNormalization):  # set so that it changes nothing
            mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
            layer.set_weights([np.sqrt(variance + layer.epsilon), mean, mean, variance])
        x = _passed(layer, x)


def blend(model: keras.Model, other: keras.Model, share: float, pictures: np.ndarray) -> None:
    """Move a network's weights towards those of the one it was trained on from.

    Between the two, what either does well is kept (Wortsman et al. 2022, robust fine-tuning).
    share: of `other`, in [0, 1]. pictures: (n, 28, 28) uint8, on which batch normalisation gets its
    means and variances anew, for those of two networks do not average.
    """
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    model.set_weights([(1 - share) * own + share * theirs for own, theirs in pairs])
    for chain in chains(model):
        x = _tensors(pictures)
        for layer in chain:
            if isinstance(layer, layers.BatchNormalization):
                scale, offset, _, _ = layer.get_weights()
                layer.set_weights([scale, offset, x.mean((0, 1, 2)), x.var((0, 1, 2))])
            x = _passed(layer, x)


def join(model: keras.Model, towers: Sequence[keras.Model], shares: Sequence[float]) -> None:
    """Make a `cnn_aug` of a trained `cnn_eight` and a trained `cnn_five`.

    shares: of each one's logits in those of both; with a sum of 1 it is their mean.
    """
    trained = [tower.get_weights() for tower in towers]
    kernels = [share * weights[-2] for share, weights in zip(shares, trained, strict=True)]
    offsets = [share * weights[-1] for share, weights in zip(shares, trained, strict=True)]
    below = [array for weights in trained for array in weights[:-2]]
    model.set_weights([*below, np.concatenate(kernels, axis=2), np.sum(offsets, axis=0)])


def chains(model: keras.Model) -> Iterator[list[keras.layers.Layer]]:
    """The layers that follow each other: all of a network, or those of each of its towers."""
    towers = [layer.layers for layer in model.layers if isinstance(layer, keras.Sequential)]
    yield from towers or [model.layers]


def _tensors(pictures: np.ndarray) -> np.ndarray:
    return pictures[..., None].astype(np.float32) / 255


def _passed(layer: keras.layers.Layer, x: np.ndarray) -> np.ndarray:
    """What a layer makes of x, a few at a time."""
    parts = (layer(x[i : i + 500], training=False) for i in range(0, len(x), 500))
    return np.concatenate([np.asarray(part) for part in parts])


def adapt(model: keras.Model, pictures: np.ndarray) -> None:
    """Fit the layers that standardise, if any, to pictures (n, 28, 28) uint8.

    Pixels that hardly vary keep a scale: one that is inked for the first time in a test picture
    would otherwise outweigh all the others.
    """
    for i, layer in enumerate(model.layers):
        if isinstance(layer, layers.Normalization):
            x = keras.Sequential(model.layers[:i]).predict(
                _tensors(pictures), batch_size=1000, verbose=0
            )
            layer.adapt(x)
            layer.adapt_variance.assign(np.maximum(layer.adapt_variance, LEAST_VARIANCE))
            layer.finalize_state()


ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    network.__name__: network
    for network in (
        dense, dense_dropout, dense_standardized, cnn_basic, cnn_deep, cnn_eight, cnn_five, cnn_aug,
        mobilenet_v2, resnet50,
    )
}  # fmt: skip
PRETRAINED = ("mobilenet_v2", "resnet50")  # take `weights`
