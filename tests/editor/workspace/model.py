import tensorflow as tf


def softplus_scaled(x, scale=10.0):
    return tf.math.log(1 + tf.math.exp(scale * x))
