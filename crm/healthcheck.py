"""For containers: exit code 0 when ``/health/?alive`` of the web server on this machine says that it can serve.

Asks the way the proxy would, with a host name that is allowed and as if through TLS, or the answer would be a refusal
or a redirect. ``python -m crm.healthcheck [port]``
"""

import http.client
import os
import sys


def main() -> int:
    """The command line; returns the exit code."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    headers = {"Host": host if host and host != "*" else "localhost", "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    try:
        connection.request("GET", "/health/?alive", headers=headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        print(f"The web server does not answer: {error}")
        return 1
    print(text.strip()[:500])
    return 0 if response.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
