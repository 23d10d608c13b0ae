"""The tracker as shops fetch it."""

import gzip

from django.test import Client

from customers.web_events import script


def test_it_weighs_at_most_five_kilobytes() -> None:
    assert len(script.compressed()) <= 5_000


def test_it_is_served_compressed_to_be_kept_for_an_hour_and_fetched_again_only_when_it_changed() -> None:
    plain = Client().get("/t.js")
    packed = Client().get("/t.js", headers={"Accept-Encoding": "gzip, br"})
    again = Client().get("/t.js", headers={"If-None-Match": plain["ETag"]})

    assert plain["Content-Type"] == "text/javascript; charset=utf-8"
    assert plain["Cache-Control"] == "public, max-age=3600"
    assert plain["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert gzip.decompress(packed.content) == plain.content
    assert (again.status_code, again.content) == (304, b"")
    assert plain.cookies == {}


def test_it_needs_neither_eval_nor_cookies_nor_markup() -> None:
    text = script.source().decode()
    refused = ("eval(", "Function(", "innerHTML", "document.cookie", ".style", "import ")

    assert [word for word in refused if word in text] == []
