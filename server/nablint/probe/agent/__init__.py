"""What runs in the user's Python: the standard library, NumPy, TensorFlow and Keras, nothing of ours.

It is started by its path, so that it needs no installation there, and it must read as Python 3.9.
"""
