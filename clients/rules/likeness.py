"""Whether a mistyped word means a name: letters wrong, missing, added or in each other's place. Pure."""

from clients.rules.ranking import words_of

#: A shorter word is like half of all others.
SHORTEST = 4


def allowed_slips(word: str) -> int:
    """How many slips a word of this length forgives."""
    if len(word) < SHORTEST or word.isdigit():
        return 0
    return 1 if len(word) < 7 else 2


def slips(typed: str, word: str) -> int:
    """How many letters of ``typed`` are wrong, missing, added or swapped, if it means the beginning of ``word``."""
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, letter in enumerate(typed):
        previous, before, row = before, row, [i + 1]
        for j, other in enumerate(word):
            cost = min(before[j] + (letter != other), before[j + 1] + 1, row[j] + 1)
            if i and j and letter == word[j - 1] and typed[i - 1] == other:
                cost = min(cost, previous[j - 1] + 1)
            row.append(cost)
    return min(row)


def slips_in(typed: str, name: str) -> int | None:
    """The slips of all words of ``typed`` in the words of ``name`` they are likest to; None when one is like none."""
    total, name_words = 0, _words(name)
    for word in words_of(typed):
        fewest = min((slips(word, other) for other in name_words if len(other) + 2 >= len(word)), default=len(word))
        if fewest > allowed_slips(word):
            return None
        total += fewest
    return total


def is_worth_trying(typed: str) -> bool:
    """Whether what was typed has a word that forgives a slip."""
    return any(allowed_slips(word) for word in words_of(typed))


def pieces(typed: str) -> list[str]:
    """Pairs of letters of the longest word: what a mistyped name still shares with the right one."""
    longest = max(words_of(typed), key=len, default="")[:20]
    return sorted({longest[n : n + 2] for n in range(len(longest) - 1)})


def _words(name: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in name).split()
