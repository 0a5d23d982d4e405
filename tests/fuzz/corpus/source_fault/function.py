def f(a, b=[1, 2]):
    """Doc (."""
    return f"{a["k"]}" + r"\"
