"""Recorded traces as people have them: recognised by content, understood or refused with one sentence. docs/traces.md.

``content`` makes text of a file, ``times`` and ``numbers`` read its fields, one module for each family of formats recognises
and reads it, ``recording`` puts in order what was read, and ``replay`` makes a glucose source of that.
"""
