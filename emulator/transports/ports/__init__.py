"""Serial ports: in memory, pseudo-terminals, TCP, RFC 2217, adapters; and the conditions of a line."""
