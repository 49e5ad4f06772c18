"""Links for people: printed, and opened in their browser."""

import sys

from isletbench.emulator.interfaces.cli.output import print_json


def show(link: str, *, opens: bool, as_json: bool) -> None:
    """Print a link, and open it if that is asked for."""
    if as_json:
        print_json({"page": link})
    else:
        print(link, flush=True)
    if opens:
        open_page(link)


def open_page(link: str) -> None:
    """Open a link in the user's browser; say so where there is none."""
    import webbrowser

    if not webbrowser.open(link):
        print("isletbench: no browser can be opened here: open the link of the page yourself", file=sys.stderr)
