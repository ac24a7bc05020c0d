"""Finds ink in any picture, tells what belongs together, and frames it as MNIST does.

`preprocessing.py` is its front. Arrays in, arrays out: nothing here knows the network.
"""
