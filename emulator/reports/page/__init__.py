"""A report as one HTML file that needs no network: readable without a script, on a phone, and on paper."""
