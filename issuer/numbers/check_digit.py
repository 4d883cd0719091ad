"""One digit that shows a mistyped number: ISO/IEC 7064, the hybrid system MOD 11,10.

It uses the ten digits only, where the pure system MOD 11-2 of ID numbers needs an X besides, and
finds every single wrong digit and 44 of 45 swapped neighbours. Letters and signs of a number
do not count.
"""


def check_digit(text: str) -> str:
    """The check digit over the ASCII digits of `text`, from left to right (ISO/IEC 7064 §9)."""
    product = 10
    for character in text:
        if "0" <= character <= "9":
            product = ((product + ord(character) - 48) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
