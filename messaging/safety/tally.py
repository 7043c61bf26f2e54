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

    def reaching(self, least: int) -> int:
        """Return the positions whose sum is at least this."""
        more, same = 0, -1
        for place in reversed(range(DIGITS)):
            digit = self._digits[place]
            if least >> place & 1:
                same &= digit
            else:
                more |= same & digit
                same &= ~digit
        return more | same
