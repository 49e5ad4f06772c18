"""What glucose does: sources and recorded traces."""
