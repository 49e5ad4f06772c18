"""The tables of docs/patient.md. ``python -m tests.patient.pages`` writes them anew."""

from pathlib import Path

from isletbench.emulator.patient.figures import figures_of
from isletbench.emulator.patient.subjects import FAMILIES

PAGE = Path(__file__).parents[2] / "docs" / "patient.md"
DRAWN = 200
"""How many persons of each population are looked at."""
QUANTILES = (5, 25, 50, 75, 95)


def subjects() -> str:
    """Every persona, with its figures."""
    made = "| model | subject | basal need at 120, U/h | 1 U lowers, mg/dL | 50 g reach, mg/dL | 4 h without insulin, mg/dL |\n"
    made += "|---|---|---|---|---|---|\n"
    for model, family in FAMILIES.items():
        for name, person in family.personas.items():
            one = figures_of(person)
            figures = f"{one.basal_u_per_h:.2f} | {one.unit_lowers_mg_dl:.0f} | {one.meal_reaches_mg_dl:.0f}"
            made += f"| `{model}` | `{name}` | {figures} | {one.without_insulin_mg_dl:.0f} |\n"
    return made


def population() -> str:
    """The basal needs of the populations."""
    made = f"| model | {' | '.join(f'{share} %' for share in QUANTILES)} |\n|---|{'---|' * len(QUANTILES)}\n"
    for model, family in FAMILIES.items():
        basals = sorted(family.sample(number).at_rest(120)[1] / 1e6 for number in range(1, DRAWN + 1))
        chosen = [basals[round(share / 100 * (DRAWN - 1))] for share in QUANTILES]
        made += f"| `{model}` | {' | '.join(f'{basal:.2f}' for basal in chosen)} |\n"
    return made


TABLES = {"subjects": subjects, "population": population}


def with_tables(page: str) -> str:
    """The page with its tables as the models have them."""
    for name, table in TABLES.items():
        before, after = f"<!-- table of {name} -->\n", f"<!-- end of {name} -->"
        assert page.count(before) == page.count(after) == 1, f"the page has {page.count(before)} tables of {name}"
        head, _, rest = page.partition(before)
        page = head + before + table() + after + rest.partition(after)[2]
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
