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
