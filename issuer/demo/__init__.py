"""`zhengyin demo`: a small invented world, made by the parts that make the real one.

Nobody in it exists: ID numbers that nobody can have, institutions that nobody founded, `demo: true`
in every certificate. Its root is a `demo` root, which no verifier takes for a real one.
"""
