"""What is remembered of texts that were read takes no more room than it may, however long or many they are."""

from services.availability.store.facts import LONGEST_TEXT, MOST_TEXT, ReadBefore


class Reader:
    """Says of each text how long it is, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> tuple[int, ...]:
        self.asked.append(text)
        return (len(text),)


def test_a_text_is_read_once() -> None:
    reader = Reader()
    read = ReadBefore(reader)
    assert [read("week"), read("week"), read("weeks"), read(None)] == [(4,), (4,), (5,), ()]
    assert reader.asked == ["week", "weeks"]


def test_a_long_text_is_read_each_time_and_takes_no_room() -> None:
    reader = Reader()
    read = ReadBefore(reader)
    long = "x" * (LONGEST_TEXT + 1)
    assert read(long) == read(long) == (len(long),)
    assert (len(reader.asked), read.length) == (2, 0)


def test_of_many_texts_those_asked_for_last_are_known() -> None:
    reader = Reader()
    read = ReadBefore(reader)
    most = MOST_TEXT // LONGEST_TEXT
    texts = [f"{number:0{LONGEST_TEXT}}" for number in range(most + 1)]
    for text in (*texts[:most], texts[0], texts[most]):
        read(text)
    assert read.length == most * LONGEST_TEXT <= MOST_TEXT
    reader.asked.clear()
    read(texts[0])
    assert reader.asked == []
    read(texts[1])
    assert reader.asked == [texts[1]]
