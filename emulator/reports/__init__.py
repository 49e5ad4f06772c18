"""What a run was like, for people: its numbers, its charts, one HTML file, all made from a journal."""
