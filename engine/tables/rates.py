"""Learning rates of menus: 1 and 3 times the powers of ten."""

from math import floor, inf, log10

LEAST, MOST = 1e-8, 100.0  # that are ever proposed


def menu(lowest: int, highest: int) -> tuple[float, ...]:
    """1 and 3 times each power of ten, from the lowest to the highest."""
    return tuple(float(f"{digit}e{power}") for power in range(lowest, highest + 1) for digit in (1, 3))


def menu_rate(lr: float) -> float:
    """The largest rate of the menu that is not above lr, within `LEAST` and `MOST`."""
    lr = min(max(lr, LEAST), MOST)
    power = floor(log10(lr) + 1e-9)
    return float(f"{3 if lr / 10**power >= 3 * (1 - 1e-9) else 1}e{power}")


def rounded(lr: float, least: float = 1e-12, most: float = inf) -> float:
    """The nearest rate of the menu, on a log scale; what lies outside of [least, most] is taken at its end."""
    lr = min(max(lr, least), most)
    power = floor(log10(lr))
    digits = min((1, 3, 10), key=lambda digit: abs(log10(lr) - power - log10(digit)))
    return float(f"{digits}e{power}")
