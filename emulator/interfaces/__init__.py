"""The faces people and programs use: command line, control API, terminal, pytest plugin."""
