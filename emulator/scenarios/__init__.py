"""What is played to a client, what must hold, and the verdict."""
