"""Programs at the other end: examples, the careful controller and the careless ones."""
