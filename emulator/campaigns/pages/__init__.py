"""What a campaign found, for people: pages of HTML beside those of single runs, JUnit for CI."""
