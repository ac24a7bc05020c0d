"""Reads what was found: the network, its looks at a picture, and how a number is taken apart.

`model.py` is its front.
"""
