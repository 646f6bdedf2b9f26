"""Read a page as a browser would, far enough to see what it says and what it could load."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["Reader", "read"]


class Reader(HTMLParser):
    """Collect the tags of a page, the attributes that could load something, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.words.append(data)


def read(text: str) -> Reader:
    """Read the text of a page."""
    reader = Reader()
    reader.feed(text)
    return reader
