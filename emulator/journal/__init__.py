"""Everything that happened on a bench, as typed entries: one writer, one reader; conversations, beliefs, replay."""
