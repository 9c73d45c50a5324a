"""The error hierarchy. Every message is one line in Danish that says what happened and what to do.

AssistantError
├── ReadError            a file cannot be read; the other files still can
├── IndexError_
│   ├── IndexMissing     there is no index in that folder
│   └── IndexMismatch    built by another version or another model
├── ModelError           the embedding model cannot be loaded
├── QuestionError        the question cannot be asked as it stands
├── SettingsError        a setting is unknown or out of bounds
├── PeopleError          a user or a role cannot be made as asked
├── FetchError           a document cannot be fetched; the others still can
├── ClusterError         the cluster for reading and encoding cannot be used
├── BusyError            another process holds the index or the port
└── StorageError         the folder cannot be written, or the disk is full
    ├── DamagedError     a file of conversations or users is corrupt
    └── AwayError        the database server does not answer, or refuses the connection
"""

from __future__ import annotations

import errno

_WHY = {
    errno.ENOENT: "findes ikke",
    errno.EACCES: "ingen adgang",
    errno.EPERM: "ingen adgang",
    errno.EROFS: "må kun læses",
    errno.ENOSPC: "disken er fuld",
    errno.EDQUOT: "disken er fuld",
    errno.EFBIG: "filen må ikke blive så stor",
    errno.EEXIST: "findes allerede",
    errno.EISDIR: "er en mappe",
    errno.ENOTDIR: "er ikke en mappe",
    errno.ENAMETOOLONG: "navnet er for langt",
    errno.EIO: "disken svarer ikke",
    errno.EMFILE: "for mange åbne filer",
    errno.ECONNREFUSED: "ingen svarer",
    errno.EADDRNOTAVAIL: "adressen er ikke denne maskines",
}


def cause(error: BaseException) -> str:
    """An error in Danish where the system's is a common one, else in its own words.

    >>> cause(FileNotFoundError(errno.ENOENT, "No such file or directory")), cause(ValueError("x"))
    ('findes ikke', 'x')
    """
    number = error.errno if isinstance(error, OSError) else None
    return _WHY.get(number or 0) or getattr(error, "strerror", None) or str(error)


class AssistantError(Exception):
    """The base of all expected errors; its message is shown to the user unchanged, exit code 1."""


class ReadError(AssistantError):
    """A file is empty, damaged, encrypted or of another type than its name says."""


class IndexError_(AssistantError):
    """Something is wrong with the index itself."""


class IndexMissing(IndexError_):
    """There is no index in the folder."""


class IndexMismatch(IndexError_):
    """The index was built by another version or with another model."""


class ModelError(AssistantError):
    """The embedding model is missing or does not fit."""


class QuestionError(AssistantError):
    """The question is empty, too long or holds no words."""


class SettingsError(AssistantError):
    """A setting is unknown or out of bounds."""


class PeopleError(AssistantError):
    """A name, role or password cannot be used."""


class FetchError(AssistantError):
    """A document in the list cannot be fetched."""


class ClusterError(AssistantError):
    """Ray is missing, its cluster does not answer, or one of its machines differs."""


class BusyError(AssistantError):
    """Another process holds what is needed."""


class StorageError(AssistantError):
    """The folder cannot be written."""


class DamagedError(StorageError):
    """A database file is corrupt."""


class AwayError(StorageError):
    """The database server does not answer."""
