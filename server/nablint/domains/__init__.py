"""What can be known of a value: the interval it lies in, its dtype, how the function bends."""
