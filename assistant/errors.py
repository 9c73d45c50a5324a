"""One error tree. Every message is one line in Danish that says what happened and what to do.

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
├── ClusterError         the machines that were to read and encode cannot be used
├── BusyError            another process holds the index or the port
└── StorageError         the folder cannot be written, or the disk is full
    ├── DamagedError     what stands in a file of conversations or users cannot be read any more
    └── AwayError        the server that they are kept on does not answer, or lets nobody in
"""


class AssistantError(Exception):
    """The root of all known errors; shown to the user as it is, exit code 1."""


class ReadError(AssistantError):
    """A file is empty, damaged, encrypted or of another type than its name says."""


class IndexError_(AssistantError):
    """Something is wrong with the index itself."""


class IndexMissing(IndexError_):
    """There is no index where one was looked for."""


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
    """A document of the list cannot be fetched."""


class ClusterError(AssistantError):
    """Ray is missing, its cluster does not answer, or one of its machines differs."""


class BusyError(AssistantError):
    """Another process holds what is needed."""


class StorageError(AssistantError):
    """The folder cannot be written."""


class DamagedError(StorageError):
    """A database is none any more."""


class AwayError(StorageError):
    """The server of the database does not answer."""
