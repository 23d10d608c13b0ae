"""The files that tell a private server how to run. Written anew at each start, so nobody edits them."""

import os
from pathlib import Path

ROLE = "dangol"
PORT = 5432  # a part of the socket's name, no port of the network
MEGABYTE = 1024 * 1024
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - asked for its size, never written by us


def write(data: Path, *, sockets: Path, allowed: list[str]) -> None:
    """Write settings and access rules into the data folder."""
    _replace(data / "dangol.conf", _settings(sockets))
    _replace(data / "pg_hba.conf", f"# Local connections only, by the accounts in pg_ident.conf.\n{_access()}\n")
    _replace(data / "pg_ident.conf", "".join(f'dangol "{name}" {ROLE}\n' for name in allowed))
    main = data / "postgresql.conf"
    text = main.read_text(encoding="utf-8")
    line = "include = 'dangol.conf'"
    if line not in text:
        _replace(main, f"{text}\n{line}\n")


def _replace(path: Path, text: str) -> None:
    """Put the file there whole, owned by whoever owns the folder."""
    partial = path.with_suffix(".new")
    partial.write_text(text, encoding="utf-8")
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(partial, folder.st_uid, folder.st_gid)
    partial.replace(path)


def _access() -> str:
    # The kernel vouches for who is at the other end of a socket; there is no password to leak.
    return f"local all {ROLE} peer map=dangol"


def _settings(sockets: Path) -> str:
    folder = str(sockets).replace('"', '""').replace("'", "''")
    values = {
        "listen_addresses": "''",
        "port": PORT,
        "unix_socket_directories": f"'\"{folder}\"'",
        "unix_socket_permissions": "0700",
        "cluster_name": "'dangol'",
        "max_connections": 100,
        "shared_buffers": f"{min(_memory() // 4 // MEGABYTE, 512)}MB",
        "max_wal_size": "4GB",
        "random_page_cost": 1.1,
        "jit": "off",
        "log_checkpoints": "off",
        # An error's detail and the statement behind it hold rows, and rows hold people.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
        "lc_messages": "'C'",
    }
    if _small_shared_memory():
        values["dynamic_shared_memory_type"] = "mmap"
    return "".join(f"{name} = {value}\n" for name, value in values.items())


def _memory() -> int:
    """Return the bytes of memory we may count on."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CONTAINER_LIMIT.read_text(encoding="ascii").strip() if CONTAINER_LIMIT.exists() else "max"
    return physical if limit == "max" else min(physical, int(limit))


def _small_shared_memory() -> bool:
    """Tell whether parallel queries could exhaust /dev/shm: containers often have 64 MB, bare folders none."""
    if not SHARED_MEMORY.is_dir():
        return True
    size = os.statvfs(SHARED_MEMORY)
    return size.f_blocks * size.f_frsize < 512 * MEGABYTE
