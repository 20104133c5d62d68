"""Downloads from a server of our own that is slow, cuts, lies and redirects; releases pulled into raw tables."""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from analysis.catalogue.source import COPY, OWN, Keeper
from analysis.errors import DataError
from analysis.sources.codes import code_sets
from analysis.sources.download import USER_AGENT, Limits, _SafeRedirects, fetch
from analysis.sources.pull import pull, unpack
from analysis.sources.releases import record_release

SOURCE = "healthy_life_expectancy"
QUICK = Limits(timeout_s=0.3, attempts=3, wait_s=0.01)
TABLE = b"code,value\n" + b"".join(b"E0100%04d,%d\n" % (number, number) for number in range(20000))
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers by path; remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                answer = outer.answers.get(urlsplit(self.path).path, lambda handler: send(handler, b"", status=404))
                answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.http.server_address[1]}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def send(
    handler: BaseHTTPRequestHandler, content: bytes, *, status: int = 200, length: int | None = None, **headers: str
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)


def in_turn(*answers: Answer) -> Answer:
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def plain(content: bytes, **headers: str) -> Answer:
    return lambda handler: send(handler, content, **headers)


def cut(content: bytes, after: int, **headers: str) -> Answer:
    return lambda handler: send(handler, content[:after], length=len(content), **headers)


def rest(content: bytes, tag: str) -> Answer:
    """What a server does that knows ranges: the rest where the file is still the same, else all of it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range", "")
        if not asked or handler.headers.get("If-Range") != tag:
            send(handler, content, ETag=tag)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        send(
            handler,
            content[start:],
            status=206,
            ETag=tag,
            Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}",
        )

    return answer


def test_a_file_comes_whole_with_its_name_and_receipt(server: Server, tmp_path: Path) -> None:
    server.answers["/data/table.csv"] = plain(TABLE, ETag='"1"')
    seen: list[tuple[str, int, int]] = []
    path = fetch(server.url("/data/table.csv"), tmp_path, QUICK, lambda *told: seen.append(told))
    assert (path.name, path.read_bytes()) == ("table.csv", TABLE)
    assert seen[-1] == ("table.csv", len(TABLE), len(TABLE))
    assert server.asked[0][1]["User-Agent"] == USER_AGENT
    assert server.asked[0][1]["Accept-Encoding"] == "identity"
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".csv", ".json"]


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        ("/file?uri=/people/mid2017.csv", {}, "mid2017.csv"),
        ("/api/all_data/csv/by_indicator_id?id=1", {}, "by_indicator_id.csv"),
        ("/x", {"Content_Disposition": 'attachment; filename="../../etc/le gall.csv"'}, "le_gall.csv"),
    ],
)
def test_the_name_is_the_servers_and_stays_in_the_folder(
    server: Server, tmp_path: Path, path: str, headers: dict[str, str], name: str
) -> None:
    server.answers[urlsplit(path).path] = plain(TABLE, **headers)
    assert fetch(server.url(path), tmp_path / "here", QUICK) == tmp_path / "here" / name


def test_a_cut_file_is_continued_where_it_ended(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = in_turn(cut(TABLE, 100_000, ETag='"1"'), rest(TABLE, '"1"'))
    assert fetch(server.url("/a.csv"), tmp_path, QUICK).read_bytes() == TABLE
    assert len(server.asked) == 2
    assert server.asked[1][1]["Range"] == "bytes=100000-"
    assert server.asked[1][1]["If-Range"] == '"1"'


def test_a_cut_file_that_changed_meanwhile_is_begun_anew(server: Server, tmp_path: Path) -> None:
    other = TABLE.replace(b"E0100", b"E0199")
    server.answers["/a.csv"] = in_turn(cut(TABLE, 100_000, ETag='"1"'), rest(other, '"2"'))
    assert fetch(server.url("/a.csv"), tmp_path, QUICK).read_bytes() == other


def test_a_cut_file_without_a_mark_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = in_turn(cut(TABLE, 100_000), plain(TABLE))
    assert fetch(server.url("/a.csv"), tmp_path, QUICK).read_bytes() == TABLE
    assert "Range" not in server.asked[1][1]


def test_another_range_than_the_one_asked_for_is_begun_anew(server: Server, tmp_path: Path) -> None:
    wrong: Answer = lambda handler: send(handler, TABLE[5:], status=206, Content_Range=f"bytes 5-{len(TABLE)}/9")  # noqa: E731
    server.answers["/a.csv"] = in_turn(cut(TABLE, 100_000, ETag='"1"'), wrong, plain(TABLE))
    assert fetch(server.url("/a.csv"), tmp_path, QUICK).read_bytes() == TABLE


def test_a_file_that_is_always_cut_is_refused_and_what_came_is_kept(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = cut(TABLE, 1000)
    with pytest.raises(DataError, match=r"cut short after 1,000 of [\d,]+ bytes, 3 times in a row"):
        fetch(server.url("/a.csv"), tmp_path, QUICK)
    assert not list(tmp_path.glob("*.csv"))
    assert [path.stat().st_size for path in tmp_path.glob("*.part")] == [1000]


def test_a_slow_server_is_given_up_in_time(server: Server, tmp_path: Path) -> None:
    server.answers["/slow.csv"] = lambda handler: time.sleep(1.0)
    begun = time.monotonic()
    with pytest.raises(DataError, match=r"nothing came in time, 2 times in a row. Try again later"):
        fetch(server.url("/slow.csv"), tmp_path, Limits(timeout_s=0.1, attempts=2, wait_s=0.01))
    assert time.monotonic() - begun < 0.9


def test_a_server_that_stalls_in_the_middle_is_asked_for_the_rest(server: Server, tmp_path: Path) -> None:
    def stall(handler: BaseHTTPRequestHandler) -> None:
        send(handler, TABLE[:5000], length=len(TABLE), ETag='"1"')
        handler.wfile.flush()
        time.sleep(0.5)

    server.answers["/a.csv"] = in_turn(stall, rest(TABLE, '"1"'))
    assert fetch(server.url("/a.csv"), tmp_path, QUICK).read_bytes() == TABLE
    assert server.asked[1][1]["Range"] == "bytes=5000-"


def test_a_server_with_no_time_is_asked_again_when_it_says(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = in_turn(lambda handler: send(handler, b"", status=503, Retry_After="1"), plain(TABLE))
    begun = time.monotonic()
    assert fetch(server.url("/a.csv"), tmp_path, QUICK).read_bytes() == TABLE
    assert time.monotonic() - begun >= 1.0


def test_what_is_not_there_is_refused_at_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the server answers 404 Not Found. Find the file's new address"):
        fetch(server.url("/gone.csv"), tmp_path, QUICK)
    assert len(server.asked) == 1


def test_no_server_is_no_connection(server: Server, tmp_path: Path) -> None:
    address = server.url("/a.csv")
    server.http.server_close()
    with pytest.raises(DataError, match=r"no connection .* 2 times in a row"):
        fetch(address, tmp_path, Limits(timeout_s=0.3, attempts=2, wait_s=0.01))


@pytest.mark.parametrize(
    "answer",
    [
        plain(b"<p>Sorry</p>", Content_Type="text/html; charset=utf-8"),
        plain(b"\xef\xbb\xbf \n<!DOCTYPE html><title>Not found</title>", Content_Type="text/csv"),
    ],
)
def test_a_web_page_is_no_file(server: Server, tmp_path: Path, answer: Answer) -> None:
    server.answers["/a.csv"] = answer
    with pytest.raises(DataError, match=r"a web page came, not a file. Get the file from that page by hand"):
        fetch(server.url("/a.csv"), tmp_path, QUICK)
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize("said", [True, False])
def test_a_file_larger_than_allowed_is_refused(server: Server, tmp_path: Path, said: bool) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(TABLE)

    server.answers["/a.csv"] = plain(TABLE) if said else endless
    with pytest.raises(DataError, match="are more than the 1,000 allowed"):
        fetch(server.url("/a.csv"), tmp_path, Limits(timeout_s=1, attempts=1, largest_bytes=1000))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 200_000


def test_an_empty_file_is_refused(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = plain(b"")
    with pytest.raises(DataError, match="an empty file came"):
        fetch(server.url("/a.csv"), tmp_path, QUICK)


def redirect(to: str) -> Answer:
    return lambda handler: send(handler, b"", status=302, Location=to)


def test_redirections_on_the_same_host_are_followed(server: Server, tmp_path: Path) -> None:
    server.answers |= {"/a": redirect("/b"), "/b": redirect(server.url("/c.csv")), "/c.csv": plain(TABLE)}
    assert fetch(server.url("/a"), tmp_path, QUICK).name == "c.csv"


@pytest.mark.parametrize("to", ["http://localhost/c.csv", "ftp://127.0.0.1/c.csv"])
def test_redirections_elsewhere_without_https_are_refused(server: Server, tmp_path: Path, to: str) -> None:
    server.answers["/a"] = redirect(to)
    with pytest.raises(DataError, match=r"redirect|302"):
        fetch(server.url("/a"), tmp_path, QUICK)
    assert len(server.asked) == 1


def test_https_is_never_left() -> None:
    request = urllib.request.Request("https://example.org/a")
    follow = _SafeRedirects().redirect_request
    with pytest.raises(DataError, match="only https, or http on the same host, is followed"):
        follow(request, None, 302, "", {}, "http://example.org/a")  # type: ignore[arg-type]
    assert follow(request, None, 302, "", {}, "https://elsewhere.org/b") is not None  # type: ignore[arg-type]


def test_a_circle_of_redirections_ends(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = redirect("/a")
    with pytest.raises(DataError, match="302"):
        fetch(server.url("/a"), tmp_path, QUICK)
    assert len(server.asked) < 10


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://example.org/a.csv", "data/a.csv"])
def test_only_http_and_https_are_asked(tmp_path: Path, address: str) -> None:
    with pytest.raises(DataError, match="expected an address that begins with https://"):
        fetch(address, tmp_path, QUICK)


def test_asked_again_the_same_file_is_not_sent_twice(server: Server, tmp_path: Path) -> None:
    def once(handler: BaseHTTPRequestHandler) -> None:
        known = handler.headers.get("If-None-Match") == '"1"'
        send(handler, b"" if known else TABLE, status=304 if known else 200, ETag='"1"')

    server.answers["/a.csv"] = once
    first = fetch(server.url("/a.csv"), tmp_path, QUICK)
    assert fetch(server.url("/a.csv"), tmp_path, QUICK) == first
    assert first.read_bytes() == TABLE


def test_asked_again_another_file_is_refused_and_the_first_stays(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = in_turn(plain(TABLE), plain(TABLE + b"E01009999,1\n"))
    path = fetch(server.url("/a.csv"), tmp_path, QUICK)
    with pytest.raises(DataError, match="the publisher's file has changed: its sha256 is"):
        fetch(server.url("/a.csv"), tmp_path, QUICK)
    assert path.read_bytes() == TABLE
    assert not list(tmp_path.glob("*.part*"))


def test_two_addresses_with_one_name_keep_two_files(server: Server, tmp_path: Path) -> None:
    server.answers |= {"/1/a.csv": plain(TABLE), "/2/a.csv": plain(b"code\nE01\n")}
    first, second = (fetch(server.url(f"/{number}/a.csv"), tmp_path, QUICK) for number in (1, 2))
    assert first.read_bytes() == TABLE
    assert second.read_bytes() == b"code\nE01\n"


def test_ctrl_c_keeps_what_came_for_the_next_time(server: Server, tmp_path: Path) -> None:
    server.answers["/a.csv"] = rest(TABLE, '"1"')

    def stop(name: str, came: int, whole: int) -> None:
        if came > 60_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server.url("/a.csv"), tmp_path, QUICK, stop)
    assert not list(tmp_path.glob("*.csv"))
    assert fetch(server.url("/a.csv"), tmp_path, QUICK).read_bytes() == TABLE
    assert "Range" in server.asked[1][1]


def archive(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, content in files.items():
            out.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


def test_an_archive_gives_the_files_named_and_no_folders(tmp_path: Path) -> None:
    packed = archive(tmp_path / "a.zip", folder__lsoa_csv=b"1", msoa_csv=b"2", readme_txt=b"3")
    (tmp_path / "out").mkdir()
    assert [path.name for path in unpack(packed, (), tmp_path / "out")] == ["lsoa.csv", "msoa.csv"]
    assert [path.name for path in unpack(packed, ("ls*.csv",), tmp_path / "out")] == ["lsoa.csv"]
    with pytest.raises(DataError, match=r"holds no file like ward\*.csv"):
        unpack(packed, ("ward*.csv",), tmp_path / "out")
    with pytest.raises(DataError, match="unpacks to more than 1 bytes"):
        unpack(packed, (), tmp_path / "out", largest=1)


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    packed = archive(tmp_path / "a.zip", lsoa_csv=TABLE)
    packed.write_bytes(packed.read_bytes()[:-40])
    with pytest.raises(DataError, match="not a whole ZIP archive"):
        unpack(packed, (), tmp_path)


# Releases pulled into the invented city.


@pytest.fixture
def city(tiny: Any, server: Server) -> Any:
    """The invented city, one of whose sources is published by the server."""
    file = next((tiny.root / "published").glob("healthy.csv"))
    server.answers["/healthy.csv"] = plain(file.read_bytes())
    set_release(tiny, SOURCE, address=server.url("/healthy.csv"))
    return tiny


def set_release(city: Any, source: str, **values: Any) -> None:
    city.change("sources", source, lambda data: next(iter(data["releases"].values())).update(values))


def pulled(city: Any, source: str, **options: Any) -> list[Any]:
    catalogue = city.catalogue()
    codes = code_sets(city.project, catalogue.places["tinytown"])
    return list(pull(city.project, [catalogue.sources[source]], codes, "2026-11-22", limits=QUICK, **options))


def raw(city: Any, source: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((city.project.raw / source).rglob("*.*"))}


def test_what_is_held_is_not_asked_for(city: Any, server: Server) -> None:
    assert [one.result for one in pulled(city, SOURCE)] == ["held"]
    assert server.asked == []


def test_a_release_is_recorded_as_if_by_hand(city: Any) -> None:
    by_hand = raw(city, SOURCE)
    (folder,) = (city.project.raw / SOURCE).iterdir()
    for path in folder.iterdir():
        path.unlink()
    (one,) = pulled(city, SOURCE)
    assert (one.result, [path.name for path in one.tables]) == ("recorded", ["areas.csv"])
    assert raw(city, SOURCE)["areas.csv"] == by_hand["areas.csv"]
    assert b"accessed: '2026-11-22'" in raw(city, SOURCE)["snapshot.yml"]
    assert [one.result for one in pulled(city, SOURCE, check=True)] == ["unchanged"]


def test_a_changed_file_under_an_old_release_is_refused(city: Any, server: Server) -> None:
    before = raw(city, SOURCE)
    file = next((city.root / "published").glob("healthy.csv"))
    value = before["areas.csv"].splitlines()[1].split(b",")[3]
    server.answers["/healthy.csv"] = plain(file.read_bytes().replace(value, b"77.7", 1))
    (one,) = pulled(city, SOURCE, check=True)
    assert one.result == "refused"
    assert "A release does not change" in one.detail
    assert raw(city, SOURCE) == before


def of_a_copy(city: Any) -> dict[str, Any]:
    """The release recorded from a copy of the publisher's file; its snapshot."""
    catalogue, file = city.catalogue(), next((city.root / "published").glob("healthy.csv"))
    codes = code_sets(city.project, catalogue.places["tinytown"])
    copy = Keeper("the public repository a/copies", "https://example.org/a/copies")
    given = (city.project, catalogue.sources[SOURCE], "2026-02-19", [file], codes, "2026-01-31")
    record_release(*given, keepers={file: copy})
    return snapshot(city)


def snapshot(city: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(raw(city, SOURCE)["snapshot.yml"])
    return found


def test_the_publishers_file_takes_the_place_of_an_equal_copy(city: Any, server: Server) -> None:
    before, tables = of_a_copy(city), raw(city, SOURCE)["areas.csv"]
    assert next(iter(before["files"].values()))["kind"] == COPY
    file = next((city.root / "published").glob("healthy.csv"))
    server.answers["/healthy.csv"] = plain(b"\xef\xbb\xbf" + file.read_bytes())
    assert [one.result for one in pulled(city, SOURCE)] == ["held"]
    (one,) = pulled(city, SOURCE, check=True)
    assert one.result == "equal"
    assert "its origin is now healthy.csv" in one.detail
    (origin,) = snapshot(city)["files"].values()
    assert (origin["kind"], origin["keeper"]) == (OWN, "Office for National Statistics")
    assert origin["address"] == server.url("/healthy.csv")
    assert origin["accessed"] == "2026-11-22"
    assert snapshot(city)["accessed"] == before["accessed"]
    assert "the public repository a/copies" in snapshot(city)["tables"]["areas"]["checked"][-1]
    assert raw(city, SOURCE)["areas.csv"] == tables
    assert [one.result for one in pulled(city, SOURCE, check=True)] == ["unchanged"]


def test_the_same_bytes_from_the_publisher_make_a_copy_the_publishers_own(city: Any) -> None:
    of_a_copy(city)
    assert [one.result for one in pulled(city, SOURCE, check=True)] == ["equal"]
    (origin,) = snapshot(city)["files"].values()
    assert origin["kind"] == OWN
    assert "checked" not in snapshot(city)["tables"]["areas"]


def test_a_publishers_file_that_differs_from_a_copy_is_refused_by_the_cell(city: Any, server: Server) -> None:
    of_a_copy(city)
    before = raw(city, SOURCE)
    file = next((city.root / "published").glob("healthy.csv"))
    value = before["areas.csv"].splitlines()[1].split(b",")[3]
    server.answers["/healthy.csv"] = plain(file.read_bytes().replace(value, b"77.7", 1))
    (one,) = pulled(city, SOURCE, check=True)
    assert one.result == "refused"
    assert f"held '{value.decode()}', found '77.7'" in one.detail
    assert raw(city, SOURCE) == before


def test_one_refused_release_does_not_stop_the_next(city: Any, server: Server) -> None:
    city.change(
        "sources",
        SOURCE,
        lambda data: data["releases"].update(
            {"2030-01-01": {**next(iter(data["releases"].values())), "address": server.url("/gone")}}
        ),
    )
    assert sorted(one.result for one in pulled(city, SOURCE)) == ["held", "refused"]
    assert not (city.project.raw / SOURCE / "2030-01-01").exists()


def feature_service(rows: list[dict[str, Any]], *, page: int = 5, lost: int = 0) -> Answer:
    """A query of a feature service that gives so many rows at a time."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        if asked["f"] not in ("json", "geojson"):
            send(handler, json.dumps({"error": {"code": 400, "message": "Invalid format"}}).encode())
        elif asked.get("returnCountOnly"):
            send(handler, json.dumps({"count": len(rows)}).encode())
        else:
            start = int(asked["resultOffset"])
            kept = rows[start : min(start + page, len(rows) - lost)]
            found: dict[str, Any] = {
                "fields": [{"name": name} for name in rows[0]],
                "features": [{"attributes": row} for row in kept],
                "exceededTransferLimit": start + page < len(rows) - lost,
            }
            send(handler, json.dumps(found).encode(), Content_Type="application/json")

    return answer


@pytest.fixture
def lookup(tiny: Any, server: Server) -> tuple[Any, list[dict[str, Any]]]:
    """The city's lookup to middle areas, published by a feature service as it is recorded."""
    lines = raw(tiny, "lookup_lsoa11_msoa11")["lookup.csv"].decode().splitlines()
    names = ["LSOA11CD", "LSOA11NM", "MSOA11CD", "MSOA11NM"]
    rows = [dict(zip(names, line.split(","), strict=True)) | {"LAD11CD": "E07990001"} for line in lines[1:]]
    address = server.url("/arcgis/rest/services/LU/FeatureServer/0/query?where=1%3D1&outFields=*&f=json")
    set_release(tiny, "lookup_lsoa11_msoa11", files=[{"address": address}])
    return tiny, rows


def test_pages_of_a_feature_service_are_joined(lookup: tuple[Any, Any], server: Server) -> None:
    city, rows = lookup
    server.answers["/arcgis/rest/services/LU/FeatureServer/0/query"] = feature_service(rows)
    (one,) = pulled(city, "lookup_lsoa11_msoa11", check=True)
    # The file's name and bytes differ from those recorded, its rows do not.
    assert (one.result, one.detail) == ("unchanged", "")
    assert len(server.asked) == 4
    assert len((city.project.cache / "lookup_lsoa11_msoa11").rglob("LU.csv").__next__().read_text().splitlines()) == 13


@pytest.mark.parametrize(("lost", "said"), [(2, "counts 12 rows and gave 10"), (0, "not 'csv'")])
def test_rows_that_do_not_add_up_are_refused(lookup: tuple[Any, Any], server: Server, lost: int, said: str) -> None:
    city, rows = lookup
    server.answers["/arcgis/rest/services/LU/FeatureServer/0/query"] = feature_service(rows, lost=lost)
    if not lost:
        address = server.url("/arcgis/rest/services/LU/FeatureServer/0/query?where=1%3D1&f=csv")
        set_release(city, "lookup_lsoa11_msoa11", files=[{"address": address}])
    (one,) = pulled(city, "lookup_lsoa11_msoa11", check=True)
    assert one.result == "refused"
    assert said in one.detail


def test_an_error_of_a_feature_service_is_refused(lookup: tuple[Any, Any], server: Server) -> None:
    city, _ = lookup
    server.answers["/arcgis/rest/services/LU/FeatureServer/0/query"] = plain(b'{"error": {"message": "Invalid URL"}}')
    (one,) = pulled(city, "lookup_lsoa11_msoa11", check=True)
    assert "the service answers with an error: Invalid URL" in one.detail


def test_the_command_says_what_became_of_each(
    city: Any, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis import cli

    monkeypatch.chdir(city.root)
    monkeypatch.setattr(sys, "argv", ["sotc", "pull", SOURCE])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0
    assert capsys.readouterr().out == f"{SOURCE} 2026-02-19: held\n"
    server.answers["/healthy.csv"] = plain(b"<html>moved</html>")
    monkeypatch.setattr(sys, "argv", ["sotc", "pull", "--check", SOURCE])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == DataError.exit_code
    assert "a web page came, not a file" in capsys.readouterr().err
