"""Adding points at all positions of a text at once: one integer for each binary digit of the sums."""

DIGITS = 7


class Tally:
    """Sums by position, up to 127; further points change nothing there."""

    __slots__ = ("_digits",)

    def __init__(self) -> None:
        self._digits = [0] * DIGITS

    def add(self, points: int, where: int) -> None:
        """Add points at these positions."""
        carry = 0
        digits = self._digits
        for place in range(DIGITS):
            added = where if points >> place & 1 else 0
            had = digits[place]
            digits[place] = had ^ added ^ carry
            carry = had & added | carry & (had ^ added)
        if carry:
            for place in range(DIGITS):
                digits[place] |= carry

    def most(self, places: int) -> int:
        """Return the greatest sum at any of these positions; 0 where there are none."""
        greatest = 0
        for place in reversed(range(DIGITS)):
            higher = places & self._digits[place]
            if higher:
                places = higher
                greatest |= 1 << place
        return greatest
