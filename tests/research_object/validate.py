"""Validate research objects without a network; run by the environment of the validator, which is not ours.

Usage: ``.roc/bin/python validate.py FOLDER...`` prints, as JSON, the required issues of each folder. The base context
comes from the data of an older rocrate (the validator builds its profiles on RO-Crate 1.1); any other address is
answered as unreachable.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from typing import Any

import requests

CONTEXTS = {"https://w3id.org/ro/crate/1.1/context": files("rocrate") / "data" / "ro-crate.jsonld"}
PROFILE = "process-run-crate-0.5"
UNREACHABLE = 504


def answer(session: requests.Session, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
    """What takes the place of the network."""
    response = requests.Response()
    response.request, response.url, response.encoding = request, str(request.url), "utf-8"
    response.headers["Content-Type"] = "application/ld+json"
    known = CONTEXTS.get(response.url)
    response.status_code = 200 if known else UNREACHABLE
    response._content = known.read_bytes() if known else b""
    return response


def issues(folder: str) -> list[str]:
    """The issues of required severity."""
    from rocrate_validator import models, services

    settings = services.ValidationSettings(
        rocrate_uri=folder,
        profile_identifier=PROFILE,
        requirement_severity=models.Severity.REQUIRED,
        skip_availability_check=True,
        no_cache=True,
    )
    result = services.validate(settings)
    found = [f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()]
    return found if found or result.passed() else ["not passed, no issue named"]


if __name__ == "__main__":
    requests.Session.send = answer  # type: ignore[method-assign]
    print(json.dumps({folder: issues(folder) for folder in sys.argv[1:]}, indent=1))
