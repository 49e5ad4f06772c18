"""The page for people: a bench, or a finished journal, live in a browser. Imported when a browser asks for it first.

The server's side only translates: what the page shows comes from ``status``, the journal and the catalogue, and what it does
goes through the control API, as for the command line. Everything a browser loads is served from ``assets``.
"""
