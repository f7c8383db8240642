"""What can go wrong while measuring.

VerifyError
├── CommandError         the entrypoint or its interpreter cannot be started at all
├── MeterError           the meter cannot be started: there is nothing to measure with
├── LedgerError          the ledger cannot be read, or belongs to another experiment
├── DeclarationError     the original program does not give the results that were declared
├── PolicyError          the policy asks for what no experiment can give
├── EvidenceError        an evidence file or a readings table is not what it says it is
└── Interrupted          the person stopped the experiment; finished runs are in the ledger

A run that fails is not an error but a Run with its ending: the verdict explains it.
"""

from __future__ import annotations


class VerifyError(Exception):
    """Root of every error this package raises on purpose."""


class CommandError(VerifyError):
    """The entrypoint or its interpreter cannot be started; the message says what was tried."""


class MeterError(VerifyError):
    """The meter cannot be started; the message names the component and the reason."""


class LedgerError(VerifyError):
    """The ledger cannot be read, is damaged, or belongs to another experiment."""


class DeclarationError(VerifyError):
    """A declared result (metrics file, pattern, output file) is not there after the original's run."""


class PolicyError(VerifyError):
    """The policy asks for what no experiment can give, such as a proof from three blocks."""


class EvidenceError(VerifyError):
    """An evidence file or a table of readings is malformed; the message names the file and the field."""


class Interrupted(VerifyError):
    """The person stopped the experiment. Finished runs are kept in the ledger."""
