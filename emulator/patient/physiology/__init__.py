"""Models of what glucose does, each behind the same few functions: plain numbers in, plain numbers out, time in minutes."""
