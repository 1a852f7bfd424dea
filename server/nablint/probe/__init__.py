"""Runs one function of the user's in TensorFlow, in another process, and says what came out."""
