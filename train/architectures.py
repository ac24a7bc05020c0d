"""The networks, each a list of layers with the output shape beside each stage.

Every network takes (n, 28, 28, 1) float32 in [0, 1] and returns logits (n, classes).
"""

import keras
from keras import layers

CLASSES = 11  # ten digits, and ink that is no digit
INPUT = (28, 28, 1)


def cnn_aug(classes: int = CLASSES) -> keras.Model:
    """Ours: three stages of two convolutions, then one map a class, averaged into its logit.

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
        layers.MaxPooling2D(),  # 7, 7, 64
        *_convolution(128),
        *_convolution(128),
        layers.SpatialDropout2D(0.3),  # 7, 7, 128
        layers.Conv2D(classes, 1, name="class_maps"),  # 7, 7, classes
        layers.GlobalAveragePooling2D(name="logits"),  # classes
    ]
    return keras.Sequential(network, name="cnn_aug")


def _convolution(filters: int) -> list[keras.Layer]:
    return [
        layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"),
        layers.BatchNormalization(momentum=0.95),
        layers.ReLU(),
    ]


ARCHITECTURES = {"cnn_aug": cnn_aug}
