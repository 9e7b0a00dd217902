"""Whether a creation that the server failed at was surely not made, so that it may be tried again. Pure.

Two kinds of answer can be settled. An API's own 500: a list that shows what was created later, and not this, settles
it; without such a witness the entity must have been looked for in vain for half a minute. And the API's own no, with
which it says that it did nothing: one look settles it. 502, 503, 504, a web page, a connection that was cut and an
answer that never came prove nothing: whoever said so may not know what the server is still at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from badgeops.errors import ApiError, NotAnApiError, ServerFaultError

TRIES: Final = 4
"""How often one creation is sent at most."""
_LONGER: Final = 1.5
_MORE: Final = 3


def can_be_settled(error: ApiError) -> bool:
    """Tell whether looking for a while can show that nothing was made."""
    return isinstance(error, ServerFaultError) and error.status == 500


def is_denied(error: ApiError) -> bool:
    """Tell whether a server says that it did nothing. So may a gateway in front of it, whatever was done."""
    return error.status in _DENIED


def is_the_apis_no(error: ApiError) -> bool:
    """Tell whether it was the API that said so, as far as one can see: no web page of somebody else."""
    return is_denied(error) and not isinstance(error, NotAnApiError)


_DENIED: Final = frozenset({401, 403, 404, 429})


def pauses(usual: Sequence[float]) -> tuple[float, ...]:
    """Return the seconds between looks that settle it: the usual ones (7.5 s), and 22.5 s more."""
    return (*usual, *((usual[-1] * _LONGER,) * _MORE)) if usual else ()


def has_witness(listed: Iterable[str], begun: Mapping[str, float], failed_at: float) -> bool:
    """Tell whether a list shows an entity of this run whose creation began after the failure; ids of entities."""
    return any(begun[entity_id] > failed_at for entity_id in listed if entity_id in begun)
