"""The gateway that sends nothing: what would have left is written to files that staff can look at."""

import json
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.gateways.base import Fate, Gateway, Outcome, PreparedMessage, register

MANIFEST = "manifest.jsonl"
MAIL, VALUES = SUFFIXES = (".eml", ".json")


@register
class SandboxGateway(Gateway):
    """One folder a campaign, one file a message (.eml a mail, .json all else), and a manifest with a line for each."""

    name = "sandbox"
    label = _("sandbox (sends nothing)")
    deduplicates = True

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Write each message to its file. The file is named by our id, so the same message is never there twice."""
        for message in prepared:
            path = file_of(message.campaign_id, message.message_id, suffix=_suffix(message))
            _write_whole(path, _bytes(message))
            _list(path, message)
            yield Outcome(message.message_id, Fate.SENT)


def folder_of(campaign_id: int) -> Path:
    """Return the folder of the campaign's messages, made if need be."""
    folder = Path(settings.OUTBOX_DIR) / str(campaign_id)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def file_of(campaign_id: int, message_id: int, *, suffix: str = ".eml") -> Path:
    """Return where the message lies, or would lie."""
    return folder_of(campaign_id) / f"{message_id}{suffix}"


def read_manifest(campaign_id: int) -> list[dict[str, object]]:
    """Return what was written for the campaign, oldest first: message_id, recipient, file, written_at."""
    path = folder_of(campaign_id) / MANIFEST
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written() -> Iterator[tuple[int, list[int]]]:
    """Yield each campaign with a folder, and the messages whose mails lie in it."""
    for folder in sorted(Path(settings.OUTBOX_DIR).glob("[0-9]*")):
        yield int(folder.name), [int(path.stem) for path in folder.glob("[0-9]*") if path.suffix in SUFFIXES]


def forget(campaign_id: int, message_ids: Collection[int]) -> int:
    """Delete the mails of these messages, and their recipients in the manifest; return how many mails there were."""
    forgotten = 0
    for message_id in message_ids:
        for path in [file_of(campaign_id, message_id, suffix=suffix) for suffix in SUFFIXES]:
            forgotten += path.exists()
            path.unlink(missing_ok=True)
    manifest = folder_of(campaign_id) / MANIFEST
    if manifest.exists():
        _blot_out_recipients(manifest, set(message_ids))
    return forgotten


def _blot_out_recipients(manifest: Path, message_ids: Collection[int]) -> None:
    """Write over the recipients, byte for byte: workers may be appending lines meanwhile, and none must be lost."""
    position = 0
    with manifest.open("r+b") as file:
        for line in file.read().splitlines(keepends=True):
            entry = json.loads(line)
            if entry["message_id"] in message_ids:
                written = json.dumps(entry["recipient"]).encode()
                file.seek(position + line.index(written))
                file.write(b'"' + b"*" * (len(written) - 2) + b'"')
            position += len(line)


def _suffix(message: PreparedMessage) -> str:
    return MAIL if isinstance(message.content, bytes) else VALUES


def _bytes(message: PreparedMessage) -> bytes:
    """Return what the file holds: a mail as it is, else the kind, the recipient and what it says."""
    if isinstance(message.content, bytes):
        return message.content
    said = {"kind": message.kind, "recipient": message.recipient, **message.content}
    return json.dumps(said, ensure_ascii=False, indent=1, default=str).encode()


def _write_whole(path: Path, content: bytes) -> None:
    """Write so that a reader sees the whole file or none."""
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _list(path: Path, message: PreparedMessage) -> None:
    line = {
        "message_id": message.message_id,
        "recipient": message.recipient,
        "file": path.name,
        "written_at": timezone.now().isoformat(),
    }
    # One write of one short line in append mode: lines of several workers do not mix.
    with (path.parent / MANIFEST).open("ab", buffering=0) as manifest:
        manifest.write(json.dumps(line).encode() + b"\n")
