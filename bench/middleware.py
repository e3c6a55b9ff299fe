"""What only the bench wants to know of an answer."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

#: How many queries an answer took, how many milliseconds they did, and how many the processor worked for it: without
#: PostgreSQL, which is another process, and hardly depending on what else the machine does.
QUERIES, SQL_TIME, CPU_TIME = "X-Bench-Queries", "X-Bench-Sql-Ms", "X-Bench-Cpu-Ms"


class CountedQueries:
    """Says in headers how many queries an answer took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number, seconds, worked = 0, 0.0, time.thread_time()

        def count(execute: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal number, seconds
            number += 1
            begun = time.perf_counter()
            try:
                return execute(*arguments)
            finally:
                seconds += time.perf_counter() - begun

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response[QUERIES], response[SQL_TIME] = str(number), f"{seconds * 1000:.2f}"
        response[CPU_TIME] = f"{(time.thread_time() - worked) * 1000:.2f}"
        return response
