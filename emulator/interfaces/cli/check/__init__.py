"""`check`: scenarios played to a program, and what the bench found.

``command`` has the options, ``written`` the files, ``shown`` what is printed.
"""
