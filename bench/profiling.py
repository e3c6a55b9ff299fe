"""Where a page's time goes: pyinstrument over some requests, in this process."""

from pyinstrument import Profiler

from bench.inside import asking_inside
from bench.known import look_around
from bench.pages import choosable, chosen

WARM_UP, REQUESTS = 3, 10


def profile(key: str) -> str:
    """The call tree of one page, as text. The first of the pages the name fits.

    Raises:
        ValueError: no page is called so.
    """
    known = look_around()
    ask = asking_inside(chosen(choosable(known), [key])[0], known)
    for _ in range(WARM_UP):
        ask()
    with Profiler(interval=0.0005) as profiler:
        for _ in range(REQUESTS):
            ask()
    return profiler.output_text(processor_options={"filter_threshold": 0.02})
