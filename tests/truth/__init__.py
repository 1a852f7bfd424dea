"""Generated activations, judged by nablint and by real TensorFlow."""
