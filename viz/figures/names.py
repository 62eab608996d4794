"""Names of what is drawn, where they are long: in two lines, and cut in the middle, which tells the least apart."""

LONGEST = 34  # letters of a line
NARROW = 16  # letters of a line below a column


def two_lines(name: str, most: int = LONGEST) -> str:
    """A name in the room of an axis: one line, or two that break at its last comma or space that fits."""
    if len(name) <= most:
        return name
    for sign in (", ", " "):
        breaks = [k + len(sign) for k in range(len(name)) if name.startswith(sign, k)]
        fits = [at for at in breaks if len(name[:at].rstrip()) <= most and len(name) - at <= most]
        if fits:
            return f"{name[: fits[-1]].rstrip()}<br>{name[fits[-1] :]}"
    begins = name[:most].rpartition(" ")[0] or name[:most]
    return f"{begins}<br>{middle_out(name[len(begins) :].lstrip(), most)}"


def middle_out(name: str, most: int) -> str:
    """Its beginning and its end, of which the end more: there names of one kind differ."""
    if len(name) <= most:
        return name
    end = (most - 1) * 2 // 3
    return f"{name[: most - 1 - end]}…{name[-end:]}"
