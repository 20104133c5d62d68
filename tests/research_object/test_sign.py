"""A signature holds for the report that was signed, by the key that signed it, and for nothing else."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

from analysis.audit.sign import PREDICATE, SIGNATURE, keep_signature, new_key, sign_report, verify_signature
from analysis.errors import DataError, UsageError
from analysis.paths import Project
from analysis.tables.stamps import RUN

EDITION = "tinytown-2018"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    private, _ = new_key(tmp_path_factory.mktemp("keys") / "sign.pem")
    return private


def public(key: Path) -> Path:
    return key.with_name(key.name + ".pub")


@pytest.fixture
def signed(tiny_reported: Any, tmp_path: Path, key: Path) -> Project:
    """A project whose report is signed, to change at will."""
    project: Project = tiny_reported.copy(tmp_path / "project").project
    assert sign_report(project, EDITION, key) == project.reports / EDITION / SIGNATURE
    return project


def folder(project: Project) -> Path:
    return project.reports / EDITION


def envelope(project: Project) -> dict[str, Any]:
    return json.loads((folder(project) / SIGNATURE).read_text(encoding="utf-8"))


def statement(project: Project) -> dict[str, Any]:
    return json.loads(base64.b64decode(envelope(project)["payload"]))


def test_what_was_signed_holds(signed: Project, key: Path) -> None:
    result = verify_signature(signed, EDITION, public(key))
    assert result.holds
    assert result.absent == ()
    files = {path.relative_to(folder(signed)).as_posix() for path in folder(signed).rglob("*") if path.is_file()}
    assert set(result.checked) == files - {SIGNATURE, "inputs.json", "run.json"}
    assert {"manifest.json", "ro-crate-metadata.json", "report.pdf"} <= set(result.checked)
    said = statement(signed)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == PREDICATE
    assert {one["name"] for one in said["subject"]} == set(result.checked)


def test_it_says_by_what_the_report_was_made_and_not_when(signed: Project, key: Path) -> None:
    said = statement(signed)["predicate"]["run"]
    run = json.loads((folder(signed) / RUN).read_text(encoding="utf-8"))
    assert said == {name: run[name] for name in run if name not in ("started", "ended", "run_sha256")}
    assert {"code_sha256", "lock_sha256", "commit", "python", "packages", "fonts"} <= {*said}


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_text('{"schema": 2}')])
def test_a_report_of_which_nobody_knows_what_made_it_is_not_signed(signed: Project, key: Path, harm: Any) -> None:
    before = (folder(signed) / SIGNATURE).read_bytes()
    harm(folder(signed) / RUN)
    with pytest.raises(UsageError, match=r"run\.json: it does not say what code made this report.*--force"):
        sign_report(signed, EDITION, key)
    assert (folder(signed) / SIGNATURE).read_bytes() == before


def test_the_same_key_signs_the_same_report_with_the_same_bytes(signed: Project, key: Path) -> None:
    first = (folder(signed) / SIGNATURE).read_bytes()
    sign_report(signed, EDITION, key)
    assert (folder(signed) / SIGNATURE).read_bytes() == first
    assert str(signed.root).encode() not in base64.b64decode(envelope(signed)["payload"])


def test_another_tool_can_check_it(signed: Project, key: Path) -> None:
    """By the words of the DSSE protocol and a plain ed25519 key, without the library that signed."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    found = envelope(signed)
    kind, payload = found["payloadType"].encode(), base64.b64decode(found["payload"])
    (signature,) = found["signatures"]
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    load_pem_public_key(public(key).read_bytes()).verify(base64.b64decode(signature["sig"]), message)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("name", ["manifest.json", "report.pdf", "figures/deprivation-table.csv"])
def test_a_changed_file_is_named(signed: Project, key: Path, name: str) -> None:
    flip(folder(signed) / name)
    result = verify_signature(signed, EDITION, public(key))
    assert not result.holds
    assert result.problems == (f"reports/{EDITION}/{name}: changed since it was signed.",)
    assert name not in result.checked


def test_an_added_file_is_named_and_an_absent_one_is_told(signed: Project, key: Path) -> None:
    (folder(signed) / "report.pdf").unlink()
    result = verify_signature(signed, EDITION, public(key))
    assert result.holds
    assert result.absent == ("report.pdf",)
    (folder(signed) / "figures" / "extra.csv").write_text("made up\n", encoding="utf-8")
    result = verify_signature(signed, EDITION, public(key))
    assert result.problems == (f"reports/{EDITION}/figures/extra.csv: was not there when the report was signed.",)


def test_another_key_is_rejected(signed: Project, tmp_path: Path) -> None:
    other, _ = new_key(tmp_path / "other.pem")
    result = verify_signature(signed, EDITION, public(other))
    assert "not signed by the key" in result.problems[0]


def spoil(project: Project, change: Callable[[dict[str, Any]], object]) -> None:
    found = envelope(project)
    change(found)
    (folder(project) / SIGNATURE).write_text(json.dumps(found), encoding="utf-8")


def with_payload(found: dict[str, Any]) -> None:
    said = json.loads(base64.b64decode(found["payload"]))
    said["subject"][0]["digest"]["sha256"] = "0" * 64
    found["payload"] = base64.b64encode(json.dumps(said).encode()).decode()


def with_signature(found: dict[str, Any]) -> None:
    found["signatures"][0]["sig"] = base64.b64encode(b"\0" * 64).decode()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (with_payload, "changed since it was signed"),
        (with_signature, "changed since it was signed"),
        (lambda found: found.update(payloadType="text/plain"), "changed since it was signed"),
        (lambda found: found["signatures"].clear(), "not signed by the key"),
        (lambda found: found.pop("payload"), "not a DSSE envelope"),
        (lambda found: found["signatures"][0].update(sig="§"), "not a DSSE envelope"),
    ],
)
def test_a_changed_envelope_is_rejected(signed: Project, key: Path, change: Any, word: str) -> None:
    spoil(signed, change)
    result = verify_signature(signed, EDITION, public(key))
    assert not result.holds
    assert word in result.problems[0]


@pytest.mark.parametrize("content", ["", "[]", "no JSON", '{"payload": 1, "payloadType": 2, "signatures": 3}'])
def test_what_is_no_envelope_is_rejected(signed: Project, key: Path, content: str) -> None:
    (folder(signed) / SIGNATURE).write_text(content, encoding="utf-8")
    assert "not a DSSE envelope" in verify_signature(signed, EDITION, public(key)).problems[0]


def sign_again(project: Project, key: Path, said: Any, payload_type: str = "application/vnd.in-toto+json") -> None:
    """Sign another statement by the right key."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    again = Envelope(json.dumps(said).encode(), payload_type, {})
    again.sign(CryptoSigner(load_pem_private_key(key.read_bytes(), password=None)))
    (folder(project) / SIGNATURE).write_text(json.dumps(again.to_dict()), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda said: said.update(predicateType="https://slsa.dev/provenance/v1"), "predicate"),
        (lambda said: said.update(_type="https://in-toto.io/Statement/v0.1"), "statement"),
        (lambda said: said["predicate"].update(edition="tinytown-2019"), "edition"),
        (lambda said: said["predicate"]["receipt"].update(sha256="0" * 64), "two hashes of manifest.json"),
        (lambda said: said.pop("subject"), "subject"),
    ],
)
def test_another_statement_by_the_right_key_is_rejected(signed: Project, key: Path, change: Any, word: str) -> None:
    said = statement(signed)
    sign_again(signed, key, said)
    assert verify_signature(signed, EDITION, public(key)).holds, "the control: the same statement holds"
    change(said)
    sign_again(signed, key, said)
    result = verify_signature(signed, EDITION, public(key))
    assert not result.holds
    assert word in result.problems[0]


def test_a_new_key_is_private_and_never_replaces_another(tmp_path: Path) -> None:
    private, beside = new_key(tmp_path / "a.pem")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert beside.read_text(encoding="ascii").startswith("-----BEGIN PUBLIC KEY-----")
    before = private.read_bytes()
    with pytest.raises(UsageError, match="never replaced"):
        new_key(private)
    private.rename(tmp_path / "b.pem")
    with pytest.raises(UsageError, match=r"a\.pem\.pub: exists already"):
        new_key(tmp_path / "a.pem")
    assert (tmp_path / "b.pem").read_bytes() == before
    with pytest.raises(UsageError, match="cannot write a key there"):
        new_key(tmp_path / "nowhere" / "c.pem")


def test_keys_are_not_mistaken_for_each_other(signed: Project, key: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not an ed25519 private key"):
        sign_report(signed, EDITION, public(key))
    with pytest.raises(UsageError, match="not an ed25519 public key"):
        verify_signature(signed, EDITION, key)
    with pytest.raises(UsageError, match="cannot be read"):
        verify_signature(signed, EDITION, tmp_path / "none.pub")


def test_what_is_missing_is_said(signed: Project, key: Path) -> None:
    (folder(signed) / SIGNATURE).unlink()
    with pytest.raises(DataError, match=r"manifest\.dsse\.json: not found"):
        verify_signature(signed, EDITION, public(key))
    with pytest.raises(UsageError, match="nothing can be signed"):
        sign_report(signed, "tinytown-1066", key)


def test_a_report_made_anew_keeps_its_signature_only_where_the_receipt_is_the_same(
    signed: Project, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(folder(signed) / "manifest.json", fresh)
    keep_signature(folder(signed), fresh)
    assert (fresh / SIGNATURE).read_bytes() == (folder(signed) / SIGNATURE).read_bytes()
    (fresh / SIGNATURE).unlink()
    flip(fresh / "manifest.json")
    keep_signature(folder(signed), fresh)
    assert not (fresh / SIGNATURE).exists()


def test_on_the_command_line(tiny_reported: Any, tmp_path: Path) -> None:
    city = tiny_reported.copy(tmp_path / "project")

    def sotc(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "analysis", *words]
        return subprocess.run(command, cwd=city.root, capture_output=True, text=True, check=False)

    assert sotc("sign", "--new-key", "k.pem").stdout.splitlines()[0].startswith("k.pem (private")
    assert sotc("sign", EDITION).returncode == UsageError.exit_code
    assert sotc("sign", EDITION, "--key", "k.pem").stdout == f"reports/{EDITION}/{SIGNATURE}\n"
    good = sotc("verify", EDITION, "--quick", "--signature", "k.pem.pub")
    assert good.returncode == 0
    assert f"{EDITION}: signed by the key " in good.stdout
    flip(city.project.reports / EDITION / "report.html")
    bad = sotc("verify", EDITION, "--quick", "--signature", "k.pem.pub")
    assert bad.returncode == 16
    assert f"reports/{EDITION}/report.html: changed since it was signed." in bad.stderr
