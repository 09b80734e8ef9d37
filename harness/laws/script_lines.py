"""Read a shell script as the commands that it would run, without running it: what a look at one line alone misses.

A command may go on in the next line, be the text of `sh -c` or of what is written for a shell to read, and have its
words from variables. What is written for others (`cat > FILE <<EOF`) is no command. Only values that the script says
itself are known; a variable has the one that stands last before it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SHELL = r"(?:\S*/)?(?:ba|da|k|z)?sh"
#: What is substituted, which may have quotes of its own inside of quotes.
_COMMAND = r"\$\((?:[^()'\"]|'[^']*'|\"(?:\\.|[^\"\\])*\"|\([^()]*\))*\)"
_IN_DOUBLE = rf"(?>{_COMMAND}|\\.|[^\"\\])*"
_QUOTE = rf"'[^']*'|\"{_IN_DOUBLE}\""
#: Source: POSIX's Shell Command Language, 2.7.4; not `<<<`, nor a shift of bits.
_HERE = re.compile(
    r"(?<!<)<<(?!<)(?P<tabs>-?)[ \t]*(?:'(?P<single>[^'\n]+)'|\"(?P<double>[^\"\n]+)\"|\\?(?P<bare>[^\s;&|<>()'\"`]+))"
)
_TO_SHELL = re.compile(rf"(?:^|[;&|(\s]){_SHELL}(?:\s+-\S+)*\s*$")
_PIPED_TO_SHELL = re.compile(rf"\|\s*(?:sudo\s+)?(?:{_SHELL}|at|batch)(?:\s|$)")
#: Texts that a shell reads as commands. Source: sh(1), su(1), runuser(1), and `eval` and `trap` of POSIX.
_GIVEN = re.compile(
    rf"(?:(?<![\w./-]){_SHELL}\s(?:[^;&|'\"]*\s)?-[a-z]*c|(?<![\w./-])(?:su|runuser)\s(?:[^;&|'\"]*\s)?(?:-c|--command=?)"
    rf"|(?<![\w./-])(?:eval|trap))\s*(?P<text>{_QUOTE})",
    re.DOTALL,
)
_PRINTED = re.compile(
    rf"(?<![\w./-])(?:echo|printf)\s(?:-\S+\s+)*(?P<text>{_QUOTE})[^;&|'\"]*{_PIPED_TO_SHELL.pattern}", re.DOTALL
)
_VALUE = re.compile(
    rf"(?:^|[;&|({{]|\b(?:export|readonly|local|declare|then|else|do)\s)[ \t]*(?P<name>[A-Za-z_]\w*)=(?P<value>{_QUOTE}"
    r"|[^\s;&|()`'\"]*)(?=$|[\s;&|)])"
)
_LOOP = re.compile(r"\bfor\s+(?P<name>\w+)\s+in\s+(?P<values>[^;\n`(]+)")
_VARIABLE = re.compile(r"\$(?:(?P<name>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::?[-=](?P<default>[^{}$`]*))?\})")
_QUOTED = re.compile(rf"'([^']*)'|\"({_IN_DOUBLE})\"", re.DOTALL)
_MOST_VALUES = 8
_SUBSTITUTED = re.compile(rf"({_COMMAND}|`[^`]*`|\$\(.*$)", re.DOTALL)
_ARRAY = r"(?:^|[\s;&|])[A-Za-z_]\w*\+?=\("
_OPEN_ARRAY = re.compile(rf"{_ARRAY}[^()]*$")
_MOST_OF_ARRAY = 200  # lines
_CASE, _ESAC = re.compile(r"(?:^|[\s;&|(])case\s[^\n;]*?\sin(?=\s|$)"), re.compile(r"(?:^|[\s;])esac\b")
#: The first line of a script for a shell.
SHELL_SCRIPT = re.compile(rf"#!\s*\S*?{_SHELL}\b|#!\s*\S*env\s+{_SHELL}\b")


@dataclass(frozen=True)
class ScriptLine:
    """One line of commands: where it begins, counted from 1; how its beginning is written; and what it says.

    `text` has values instead of variables where they are known, no comments, and each quoted text as one word.
    """

    number: int
    written: str
    text: str


@functools.lru_cache(64)  # several laws read the same scripts
def script_lines(script: str) -> tuple[ScriptLine, ...]:
    """Give the lines of commands of a shell script, in order."""
    known: dict[str, tuple[str, ...]] = {}
    lines = list(_whole_lines(script))
    later = _only_values(lines)
    found: list[ScriptLine] = []
    cases = 0  # that are open
    for number, line in lines:
        _learn(line, known)
        begun = len(_CASE.findall(_QUOTED.sub("", line)))
        for text in _each_value(_with_given_texts(line), later | known):
            plain = _plain(text, has_labels=cases + begun > 0)
            if plain.strip():
                found.append(ScriptLine(number, line.strip().partition("\n")[0], plain))
        cases = max(0, cases + begun - len(_ESAC.findall(line)))
    return tuple(found)


def _whole_lines(script: str) -> Iterator[tuple[int, str]]:
    """Give the number of the first line and the text of each command line; without what is written for others."""
    lines = script.splitlines()
    last = {line.lstrip("\t"): index for index, line in enumerate(lines)}
    index = 0
    while index < len(lines):
        start, text = index, _joined(lines, index)
        index += text.count("\n") + 1
        text = text.replace("\\\n", " ")
        yield start + 1, text
        for here in _HERE.finditer(text) if not text.lstrip().startswith("#") else ():
            word = here["single"] or here["double"] or here["bare"]
            end = _end_of(lines, index, word, here["tabs"]) if last.get(word, -1) >= index else None
            if end is None or "((" in text[: here.start()]:
                continue  # it is none: the bits of a number are shifted
            body = lines[index:end]
            is_piped = _PIPED_TO_SHELL.search(text[here.end() :])
            if is_piped or _TO_SHELL.search(text[: here.start()]) or (body and SHELL_SCRIPT.match(body[0])):
                yield from ((number + index, line) for number, line in _whole_lines("\n".join(body)))
            index = end + 1


def _end_of(lines: list[str], first: int, word: str, tabs: str) -> int | None:
    """Give where what is written ends; None where it does not."""
    return next((i for i in range(first, len(lines)) if (lines[i].lstrip("\t") if tabs else lines[i]) == word), None)


def _joined(lines: list[str], first: int) -> str:
    """Give a line with those that it goes on in: behind a backslash, in a text or an array that is not ended yet."""
    quote, text = "", ""
    for index in range(first, len(lines)):
        text += f"\n{lines[index]}" if index > first else lines[index]
        quote, goes_on = _quote_after(lines[index], quote)
        if quote or goes_on:
            continue
        if index - first >= _MOST_OF_ARRAY or not _OPEN_ARRAY.search(_QUOTED.sub("", text)):
            return text
    return lines[first]  # what looked like a quote or an array was none


def _quote_after(line: str, quote: str) -> tuple[str, bool]:
    """Give the quote that is open behind a line, and whether the line ends with a backslash that counts."""
    index = 0
    while index < len(line):
        letter = line[index]
        if letter == "\\" and quote != "'":
            if index + 1 == len(line):
                return quote, True
            index += 1
        elif letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
        elif not quote and letter == "#" and (index == 0 or line[index - 1] in " \t;&|("):
            break
        index += 1
    return quote, False


def _with_given_texts(line: str) -> str:
    """Give a line with the texts that a shell is given as commands of their own."""
    for pattern in (_PRINTED, _GIVEN):
        line = pattern.sub(lambda found: f"; {_unquoted(found['text'])} ;".replace("\n", "; "), line)
    return line


def _unquoted(text: str) -> str:
    return re.sub(r"\\([\"$`\\])", r"\1", text[1:-1]) if text.startswith('"') else text.strip("'")


def _learn(line: str, known: dict[str, tuple[str, ...]]) -> None:
    """Note the values that a line gives to variables; one that comes from a command is not known."""
    for found in _VALUE.finditer(line):
        value = _resolved(_unquoted(found["value"]) if found["value"][:1] in ("'", '"') else found["value"], known)
        known[found["name"]] = () if "$(" in value or "`" in value else (value,)
    for found in re.finditer(r"(?:^|[\s;&|])(\w+)=(?:\"?\$\(|\"?`)", line):
        known[found[1]] = ()
    for found in _LOOP.finditer(line):
        words = _resolved(found["values"], known).split()
        known[found["name"]] = tuple(words) if len(words) <= _MOST_VALUES else ()


def _only_values(lines: Iterable[tuple[int, str]]) -> dict[str, tuple[str, ...]]:
    """Give the values of variables that have only one, which a function above it may use."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for _, line in lines:
        values: dict[str, tuple[str, ...]] = {}
        _learn(line, values)
        for name, value in values.items():
            found.setdefault(name, set()).add(value)
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def _resolved(text: str, known: dict[str, tuple[str, ...]]) -> str:
    def value(found: re.Match[str]) -> str:
        values = known.get(found["name"] or found["braced"], ())
        return values[0] if len(values) == 1 else found["default"] or found[0]

    return _VARIABLE.sub(value, text)


def _each_value(text: str, known: dict[str, tuple[str, ...]]) -> Iterable[str]:
    """Give a text with the values of its variables; once for each value of the first that has several."""
    names = (found["name"] or found["braced"] for found in _VARIABLE.finditer(text))
    several = next((name for name in names if len(known.get(name, ())) > 1), None)
    for value in known[several] if several else ("",):
        yield _resolved(text, known | {several: (value,)} if several else known)


def _plain(line: str, *, has_labels: bool) -> str:
    """Give a line without comments, arrays and labels of `case`, and each quoted text as one word.

    What is substituted in a text is a command as any other.
    """
    line = _QUOTED.sub(_as_word, line)
    line = re.sub(r"(^|\s)#.*", "", line)
    line = re.sub(rf"{_ARRAY}[^()]*\)", " ", line)
    return re.sub(r"(^|;;|\bin\b)\s*\(?[^();&]*\)", ";", line) if has_labels else line


def _as_word(quoted: re.Match[str]) -> str:
    """Give a quoted text as a word; every other piece of one in double quotes is substituted."""
    pieces = _SUBSTITUTED.split(quoted[2]) if quoted[2] else [quoted[1] or ""]
    return "".join(
        _QUOTED.sub(_as_word, piece) if number % 2 else re.sub(r"[^\w./@%+${}=,:*-]", "_", piece)
        for number, piece in enumerate(pieces)
    )
