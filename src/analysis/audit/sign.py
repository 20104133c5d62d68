"""Sign a report, and check a signature: an in-toto statement in a DSSE envelope, by an ed25519 key.

The statement says that its signer vouches for the receipt and for every file beside it, each by its hash, and by which
code, commit, lock and environment they were made. It holds no time, so that a key signs the same report with the same
bytes. Whose key it is, and what signing means, is for the
organisation to say (``definitions/revisions_policy.yml``): a signature shows that nothing changed since, not that a
figure is right.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.audit.environment import RUN_SEAL, TIMES, read_run
from analysis.audit.files import check_files
from analysis.audit.receipt import MANIFEST, SIGNATURE, read_receipt, sha256
from analysis.errors import AuditError, DataError, UsageError
from analysis.paths import Project
from analysis.tables.stamps import RUN, STAMP, open_edition

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:state-of-the-city:report-receipt:v2"
"""What the signer says, described in docs/signature.md."""
UNSIGNED = (SIGNATURE, STAMP, RUN)
PRIVATE = 0o600


@dataclass(frozen=True)
class SignatureResult:
    """What came of checking a signature.

    Attributes
    ----------
    problems : tuple of str
        Why it is rejected, a sentence each; none where it holds.
    absent : tuple of str
        Signed files that are not here (documents are built, not kept in git), so that nothing is said of them.
    checked : tuple of str
        Signed files that are here and unchanged.
    keyid : str
        The key by which it holds.
    """

    problems: tuple[str, ...]
    absent: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    keyid: str = ""

    @property
    def holds(self) -> bool:
        """Whether the signature is by the key given, and nothing here differs from what was signed."""
        return not self.problems


def new_key(path: Path) -> tuple[Path, Path]:
    """Make a pair of keys: the private one at ``path``, for its owner alone, the public one beside it (``.pub``).

    Raises
    ------
    UsageError
        If either file exists, or cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from securesystemslib.signer import CryptoSigner

    public = path.with_name(path.name + ".pub")
    for taken in (path, public):
        if taken.exists():
            raise UsageError(f"{taken}: exists already, and a key is never replaced. Name another file.")
    key = Ed25519PrivateKey.generate()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:  # noqa: PTH123
            file.write(CryptoSigner(key).private_bytes)
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise UsageError(f"{path}: cannot write a key there: {error.strerror}. Name another file.") from error
    return path, public


def sign_report(project: Project, edition: str, key: Path) -> Path:
    """Sign the report of an edition: its receipt and every file beside it, as they lie there.

    Raises
    ------
    UsageError
        If the edition has no report, ``run.json`` does not say what made it, or the key is no private ed25519 key.
    AuditError
        If the report, or what it was made from, does not agree with its receipt.
    """
    from securesystemslib.dsse import Envelope

    folder = project.reports / edition
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{project.shown(folder / MANIFEST)}: not found, so nothing can be signed. Make it: sotc report {edition}."
        )
    run = read_run(folder)
    if not run:
        raise UsageError(
            f"{project.shown(folder / RUN)}: it does not say what code made this report, so that cannot be signed. "
            f"Make the report anew: sotc report {edition} --force."
        )
    receipt = read_receipt(folder / MANIFEST, project.shown(folder / MANIFEST))
    apart = check_files(project, open_edition(project, edition), receipt, folder).findings
    if apart:
        more = f" and {len(apart) - 1} more" if len(apart) > 1 else ""
        raise AuditError(
            f"{edition}: the report does not agree with its receipt, so it is not signed: {apart[0]}{more}. "
            f"Look at it: sotc verify {edition} --quick."
        )
    signer = _signer(key)
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in _hashes(folder).items()],
        "predicateType": PREDICATE,
        "predicate": {
            "edition": edition,
            "receipt": {"sha256": sha256((folder / MANIFEST).read_bytes())},
            "run": {name: said for name, said in run.items() if name not in (*TIMES, RUN_SEAL)},
        },
    }
    envelope = Envelope(_canonical(statement), PAYLOAD, {})
    envelope.sign(signer)
    target = folder / SIGNATURE
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
        fresh = Path(temporary) / SIGNATURE
        fresh.write_bytes(_canonical(envelope.to_dict()))
        fresh.replace(target)
    return target


def verify_signature(project: Project, edition: str, public_key: Path, folder: Path | None = None) -> SignatureResult:
    """Check the signature of a report: by the key given, of the files that are here.

    Parameters
    ----------
    project : Project
    edition : str
        Its id.
    public_key : Path
        The signer's public key, as it was received from the signer.
    folder : Path, optional
        The report, where it was received from elsewhere; default: that of the edition in this project.

    Returns
    -------
    SignatureResult

    Raises
    ------
    UsageError
        If the public key cannot be read as one.
    DataError
        If there is no signature, or no receipt.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import FormatError, VerificationError

    folder = folder or project.reports / edition
    for name, remedy in ((SIGNATURE, "Ask for it, or sign: sotc sign"), (MANIFEST, "Make the report: sotc report")):
        if not (folder / name).is_file():
            raise DataError(f"{project.shown(folder / name)}: not found. {remedy} {edition}.")
    key = _public_key(public_key)
    shown = project.shown(folder / SIGNATURE)
    try:
        envelope = Envelope.from_dict(json.loads((folder / SIGNATURE).read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError, FormatError, binascii.Error):
        return SignatureResult((f"{shown}: not a DSSE envelope, so nothing is signed.",))
    try:
        envelope.verify([key], 1)
    except VerificationError:
        return SignatureResult((f"{shown}: not signed by the key {public_key}, or changed since it was signed.",))
    try:
        signed = _signed_hashes(envelope.payload_type, json.loads(envelope.payload), edition)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return SignatureResult((f"{shown}: signed by this key, but it is no statement on {edition}: {error}.",))
    here = _hashes(folder)
    changed = [name for name in here if name in signed and here[name] != signed[name]]
    added = [name for name in here if name not in signed]
    problems = [f"{project.shown(folder / name)}: changed since it was signed." for name in changed]
    problems += [f"{project.shown(folder / name)}: was not there when the report was signed." for name in added]
    absent = tuple(name for name in signed if name not in here)
    checked = tuple(name for name in here if name in signed and name not in changed)
    return SignatureResult(tuple(problems), absent, checked, key.keyid)


def keep_signature(earlier: Path, fresh: Path) -> None:
    """Carry the signature of an earlier report over to one made anew, where its receipt is the same to the byte."""
    signature, receipt = earlier / SIGNATURE, earlier / MANIFEST
    if signature.is_file() and receipt.is_file() and receipt.read_bytes() == (fresh / MANIFEST).read_bytes():
        (fresh / SIGNATURE).write_bytes(signature.read_bytes())


def statement_problems(project: Project, edition: str, folder: Path) -> list[str]:
    """What a signature beside a report says otherwise than the files there; whose it is takes the signer's key.

    Nothing where there is no signature, or it is of these very files.
    """
    shown, path = project.shown(folder / SIGNATURE), folder / SIGNATURE
    if not path.exists():
        return []
    try:
        envelope = json.loads(path.read_bytes())
        statement = json.loads(base64.b64decode(envelope["payload"], validate=True))
        signed = _signed_hashes(envelope["payloadType"], statement, edition)
        whole = _canonical(envelope) == path.read_bytes() and envelope.keys() == {
            "payload",
            "payloadType",
            "signatures",
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{shown}: no signature of this report."]
    here = _hashes(folder)
    return [
        *([] if whole else [f"{shown}: not as a signature is written."]),
        *(
            f"{shown}: signs another {name} than lies here."
            for name in signed
            if here.get(name, signed[name]) != signed[name]
        ),
        *(f"{shown}: does not sign {name}, which lies here." for name in here if name not in signed),
    ]


def _signed_hashes(payload_type: str, statement: Mapping[str, Any], edition: str) -> dict[str, str]:
    """The files that a statement vouches for; ValueError where it is another statement, or contradicts itself."""
    for what, found, expected in (
        ("payload", payload_type, PAYLOAD),
        ("statement", statement["_type"], STATEMENT),
        ("predicate", statement["predicateType"], PREDICATE),
        ("edition", statement["predicate"]["edition"], edition),
    ):
        if found != expected:
            raise ValueError(f"its {what} is {found!r}, expected {expected!r}")
    signed = {str(one["name"]): str(one["digest"]["sha256"]) for one in statement["subject"]}
    if signed.get(MANIFEST) != statement["predicate"]["receipt"]["sha256"]:
        raise ValueError(f"it gives two hashes of {MANIFEST}, or none")
    return signed


def _hashes(folder: Path) -> dict[str, str]:
    """Every file that belongs to a report, by its hash."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: sha256(path.read_bytes()) for name, path in named.items() if name not in UNSIGNED}


def _signer(path: Path) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: not an ed25519 private key without a password. Make one: sotc sign --new-key FILE.")
    return CryptoSigner(key)


def _public_key(path: Path) -> SSlibKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        key = load_pem_public_key(_read(path))
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path}: not an ed25519 public key. Give the signer's .pub file, not the private key.")
    return SSlibKey.from_crypto(key)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}. Name the file of a key.") from error


def _canonical(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")
