"""Files of the agent: JSON, written whole or not at all, with owner and mode set before they appear."""

import json
import os
import pwd


def read_json(path):
    """Read a JSON object; a file that is missing, empty or damaged gives an empty one."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_bytes(path, data, mode=0o644, owner=None):
    """Write a file atomically: a kill at any moment leaves the old or the new content. `owner` is (uid, gid)."""
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, ".%s.%s" % (name, os.urandom(8).hex()))
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        if owner is not None and os.geteuid() == 0:
            os.chown(temporary, *owner)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def write_json(path, value, mode=0o644, owner=None):
    """Write a JSON object atomically."""
    write_bytes(path, (json.dumps(value, indent=2, sort_keys=True) + "\n").encode(), mode, owner)


def remove(path):
    """Remove a file; gone already is fine."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def himds_owner():
    """Give (uid, gid) of the service account, or None where there is none."""
    try:
        entry = pwd.getpwnam("himds")
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid
