"""Numbers as people read them."""


def short_number(value: float) -> str:
    """Return a number of an axis or a cosine in at most a few letters."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def rounded_rows(rows: int) -> str:
    """Return a large count as papers state it: ``168.3M``, ``0.84B``; below a million in full."""
    if rows >= 500_000_000:
        return f"{rows / 1e9:.3g}B"
    return f"{rows / 1e6:.4g}M" if rows >= 1_000_000 else f"{rows:,}"


def percent(part: float, whole: float) -> str:
    """Return a share: ``84.8 %``; of nothing it is a dash."""
    return f"{100 * part / whole:.1f} %" if whole else "-"
