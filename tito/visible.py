"""What somebody else wrote, as one may look at it: nothing in it moves the cursor, hides, or turns the text around."""

import unicodedata

_JOINERS = "\u200c\u200d"  # which some scripts and emoji need


def visible(text: str) -> str:
    """The text with control, direction and other invisible characters written out as escapes (\\u202e)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in "\n\t" else _shown(c) for c in text)


def visible_line(text: str) -> str:
    """The same in one line, for a name: ends of lines and tabs are written out as well."""
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
