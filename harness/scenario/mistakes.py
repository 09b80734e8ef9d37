"""Mistakes in a scenario file, as errors that say where they are and what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from harness.errors import UsageError
from harness.model.record import Place
from harness.scenario.document import Document


def unknown_word(place: Place, what: str, word: str, known: Iterable[str]) -> UsageError:
    """Give the error for a word that is not known; `what` it would be, in words."""
    choices = list(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    hint = f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(choices) or 'none'}."
    reference = f"scenario-unknown-{what.replace(' ', '-')}"
    return UsageError(reference, f"unknown {what} '{word}'.", place=str(place), hint=hint)


def mistake(document: Document, path: str, reference: str, message: str) -> UsageError:
    """Give the error for what stands at a path of a document."""
    return UsageError(reference, message, place=str(document.place(path)))
