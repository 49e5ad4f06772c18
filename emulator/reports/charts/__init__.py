"""Charts as SVG text: the same figures give the same octets; readable without a script, in light and dark, on paper."""
