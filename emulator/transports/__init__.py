"""Carry octets and attribute operations between clients and devices. Know no device and no glucose."""
