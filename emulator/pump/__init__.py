"""The pump: therapy, boluses, basal, reservoir, infusion set, annunciations, history. Knows no wire and no sensor."""
