"""Shows where a TensorFlow or Keras activation breaks before training does."""

__version__ = "0.1.0"
