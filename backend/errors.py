"""Everything the backend can raise on purpose.

BackendError
├── NotFound                OrderNotFound, CaseNotFound, ConversationNotFound, EvidenceNotFound,
│                           ButtonNotFound, RefundNotFound, CollectionNotFound, ExtraNotFound, StaffNotFound,
│                           ComplaintNotFound, ImprovementNotFound, MessageNotFound,
│                           CannedReplyNotFound, BindingNotFound, EvidenceDamaged, BuyerNotFound
├── NotAllowed              the rules say no; carries .verdict
├── DraftIncomplete         something is still to be asked; carries .missing
├── GuardRefused            the table allows it, its guard does not; carries .guard .code .params .what_to_do
├── TalkRefused             something that cannot be said or done in a conversation; carries .reason
├── LoginRefused            a log-in that failed; carries .reason .until
├── CannedReplyRefused      a canned reply that cannot be kept; carries .reason .what
├── PasswordRefused         a password that cannot be; carries .shortest .longest
├── RoleRefused             something that a role of the staff is not for; carries .permission
├── DrillRefused            a drill that cannot be started or found; carries .reason
├── RuleChangeRefused       a change of the rule book that cannot be; carries .reason
├── StaffChangeRefused      a change of the staff that cannot be; carries .reason
├── StaffRefused            somebody who cannot be added to the staff; carries .name .reason
├── DocumentRefused         a document that there is not (yet), or not for them; carries .kind .reason
├── ReportRefused           a report that cannot be made as asked; carries .reason
├── ImprovementRefused      an improvement action that cannot be; carries .what_to_do
├── RatingRefused           a rating that cannot be taken; carries .reason
├── IllegalTransition       .state .event .role .allowed
├── Conflict                someone else was first (stale version, duplicate key, goods already under return)
│   └── NotOwner            a conversation that is not theirs; carries .owner
├── PayoutRefused           money that may not be moved; carries .reason
├── GatewayError            .gateway .refund_no
│   ├── GatewayRefused      the provider would not take the call; carries .code
│   └── GatewayUnreachable  no answer that can be trusted: the outcome is unknown, never "failed"
├── NotificationRefused     a provider's callback that is forged, too old or unreadable; carries .reason
├── LookupsLocked           too many wrong identity answers; carries .until
├── EvidenceRefused         a file we do not take; carries .reason, .limit
├── ErasureRefused          a buyer who cannot be erased yet; carries .matters
├── BackupRefused           an archive that is damaged, or a place that is not empty; carries .reason .what
├── StorageFull             the disk or the object store has no room; nothing was kept
├── ImportRefused           .file .line .column .reason; nothing of the file was imported
├── RuleBookError           .file .line .rule_id .reason
├── DatabaseNotReady        the database is missing, unreachable or of another schema; the message says what to do
├── ModelNotReady           the trained model is missing, damaged or of another release; carries .reason .path .detail
└── SettingsError           .name .reason

Exceptions carry attributes for the caller to word an answer from, never customer wording.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any


class BackendError(Exception):
    """Base of all errors that the backend raises on purpose."""


class _RefusedFor(BackendError):
    """What is refused for one of a few reasons, each of a short name; `what` are the words it is about, if any."""

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(f"refused: {reason}")
        self.reason, self.what = reason, what


class NotFound(BackendError):
    """There is no such thing, or it is not theirs: both get the same answer."""


class OrderNotFound(NotFound):
    """No order with this number that the asker has proven to own."""


class CaseNotFound(NotFound):
    """No case with this number that the asker may see."""


class ConversationNotFound(NotFound):
    """No such conversation."""


class MessageNotFound(NotFound):
    """No such line of a conversation."""


class CannedReplyNotFound(NotFound):
    """No canned reply of the merchant's own with this number (any more)."""


class CannedReplyRefused(BackendError):
    """A canned reply that cannot be kept; `reason` is a code of `canned.mistake_in`, `what` the words it is about."""

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(f"refused: {reason} {what}".strip())
        self.reason, self.what = reason, what


class BindingNotFound(NotFound):
    """No such account that is bound to a buyer."""


class EvidenceNotFound(NotFound):
    """No such evidence, or no proof for it."""


class EvidenceDamaged(EvidenceNotFound):
    """The stored file is not the one that was kept."""


class ButtonNotFound(NotFound):
    """No such button in this conversation, or its time is over."""


class RefundNotFound(NotFound):
    """No refund with this number."""


class NotAllowed(BackendError):
    """The rules refuse it; `verdict` holds every check with its reason."""

    def __init__(self, verdict: Any) -> None:
        super().__init__(f"refused by the rules: {[check.id for check in verdict.failed]}")
        self.verdict = verdict


class DraftIncomplete(BackendError):
    """A draft cannot be submitted yet; `missing` names the first open question."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"the draft still lacks {missing}")
        self.missing = missing


class GuardRefused(BackendError):
    """The table allows the event, but something it needs is missing or wrong.

    `what_to_do` says what, for developers, with the fields of `params` in braces; `services.guard_words` words `code`
    with the same fields for staff.
    """

    def __init__(self, guard: str, code: str, what_to_do: str, **params: Any) -> None:
        self.guard, self.code, self.params = guard, code, params
        self.what_to_do = what_to_do.format(**{name: _in_english(value) for name, value in params.items()})
        super().__init__(f"{guard}: {self.what_to_do}")


def _in_english(value: Any) -> str:
    """A value as developers read it: codes by their values, several with commas, times in ISO 8601."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_in_english, value)) or "none"
    return value.isoformat() if isinstance(value, datetime) else str(getattr(value, "value", value))


class CollectionNotFound(NotFound):
    """Nothing was asked for under this number."""


class ExtraNotFound(NotFound):
    """No compensation or reimbursed freight with this number."""


class ComplaintNotFound(NotFound):
    """No complaint with this number that the asker may see."""


class StaffNotFound(NotFound):
    """No active member of staff with this name."""


class TalkRefused(_RefusedFor):
    """What staff cannot do in a talk; `reason` is `role`, `offline`, `note_missing`, `outcome`,
    `unread`, `empty`, `too_long`, `banned` or `slots`."""


class LoginRefused(BackendError):
    """A log-in that failed; `reason` is `wrong` or `locked`, with the end of the lock (aware UTC)."""

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        super().__init__(f"log-in refused: {reason}")
        self.reason, self.until = reason, until


class PasswordRefused(BackendError):
    """A new password that is too short, too long, or the name."""

    def __init__(self, shortest: int, longest: int) -> None:
        super().__init__(f"a password has {shortest} to {longest} characters and is not the name")
        self.shortest, self.longest = shortest, longest


class ImprovementNotFound(NotFound):
    """No improvement action with this number."""


class DocumentRefused(BackendError):
    """A document that cannot be had; `reason` is `unknown_kind`, `not_for_role` or `not_yet`, the message says why."""

    def __init__(self, kind: str, reason: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.reason = kind, reason


class ReportRefused(BackendError):
    """A report that cannot be made as asked; `reason` says what to ask for instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ImprovementRefused(BackendError):
    """An improvement action that cannot be as given; `what_to_do` says what to give instead."""

    def __init__(self, what_to_do: str) -> None:
        super().__init__(what_to_do)
        self.what_to_do = what_to_do


class StaffRefused(BackendError):
    """Somebody who cannot be added to the staff; carries .name .reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name!r}: {reason}")
        self.name, self.reason = name, reason


class RoleRefused(BackendError):
    """Something that a role of the staff is not for; `permission` is what it would take."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"this needs the permission {permission}")
        self.permission = permission


class StaffChangeRefused(_RefusedFor):
    """A change of the staff that cannot be; `reason` is `oneself` or `last_admin`."""


class RuleChangeNotFound(NotFound):
    """No change of the rule book with this number."""


class DrillRefused(_RefusedFor):
    """A drill that cannot be; `reason` is `number`, `running` or `none`."""


class RuleChangeRefused(_RefusedFor):
    """A change of the rule book that cannot be; `reason` is `nothing_changed`, `note_missing` or `second_person`."""


class RatingRefused(BackendError):
    """A rating that cannot be taken; `reason` is `score` or `state`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class IllegalTransition(BackendError):
    """This event cannot happen in this state, or not by this role; `allowed` lists what can."""

    def __init__(self, *, state: str, event: str, role: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{event} by {role} is not possible in {state}; allowed: {', '.join(allowed) or 'nothing'}")
        self.state, self.event, self.role, self.allowed = state, event, role, allowed


class Conflict(BackendError):
    """Somebody else was first; read again and decide anew. `subject` says what was taken."""

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message)
        self.subject = subject


class NotOwner(Conflict):
    """The conversation belongs to somebody else, or to nobody; `owner` is who has it."""

    def __init__(self, owner: str | None) -> None:
        super().__init__(f"the conversation belongs to {owner or 'nobody'}", subject=owner or "")
        self.owner = owner


class PayoutRefused(BackendError):
    """Money that may not be moved.

    `reason` is one of `payer_is_approver, not_approved, disputed, on_hold, above_cap, no_consent, not_manual,
    nothing_to_reroute`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class GatewayError(BackendError):
    """A call to a payment provider that brought no answer about the refund."""

    def __init__(self, gateway: str, refund_no: str, message: str) -> None:
        super().__init__(f"{gateway}: refund {refund_no}: {message}")
        self.gateway, self.refund_no = gateway, refund_no


class GatewayRefused(GatewayError):
    """The provider would not take the call and has done nothing; `code` is its reason."""

    def __init__(self, gateway: str, refund_no: str, code: str) -> None:
        super().__init__(gateway, refund_no, f"refused with {code}")
        self.code = code


class GatewayUnreachable(GatewayError):
    """There is no answer, or none that can be trusted: what happened is unknown and has to be asked."""


class NotificationRefused(_RefusedFor):
    """A callback that is not believed; `reason` is `forged`, `stale` or `unreadable`."""


class LookupsLocked(BackendError):
    """Too many wrong identity answers; no look-up before `until` (aware UTC)."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"look-ups are locked until {until.isoformat()}")
        self.until = until


class EvidenceRefused(BackendError):
    """A file that cannot be taken as evidence.

    `reason` is one of `empty, too_big, not_an_image, unreadable, broken_film, too_many_pixels, too_many`; `limit` is
    the limit that was passed, in megabytes, pixels or pieces, where there is one.
    """

    def __init__(self, reason: str, *, limit: int | None = None) -> None:
        super().__init__(f"evidence refused: {reason}" + (f" (limit {limit})" if limit else ""))
        self.reason, self.limit = reason, limit


class BuyerNotFound(NotFound):
    """No customer with this telephone number or id, or one who has been erased."""


class ErasureRefused(BackendError):
    """A buyer with something under way cannot be erased; `matters` name it by kind and number."""

    def __init__(self, matters: Sequence[Any]) -> None:
        super().__init__(f"still open: {', '.join(f'{each.kind} {each.number}' for each in matters)}")
        self.matters = tuple(matters)

    @property
    def numbers(self) -> str:
        return ", ".join(each.number for each in self.matters)


class BackupRefused(BackendError):
    """A backup that cannot be made, believed or restored; `reason` is a code, `what` says of what."""

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(f"{reason}: {what}".strip(": "))
        self.reason, self.what = reason, what


class StorageFull(BackendError):
    """There is no room to keep what was sent; nothing of it was kept."""


class ImportRefused(BackendError):
    """A row of an import file is wrong; nothing of the file was imported."""

    def __init__(self, *, file: str, line: int, column: str, reason: str) -> None:
        super().__init__(": ".join(filter(None, (f"{file}:{line}", column, reason))))
        self.file, self.line, self.column, self.reason = file, line, column, reason


class RuleBookError(BackendError):
    """A rule file says something impossible."""

    def __init__(self, reason: str, *, file: str = "", line: int = 0, rule_id: str = "") -> None:
        super().__init__(f"{file}:{line}: {rule_id}: {reason}")
        self.reason, self.file, self.line, self.rule_id = reason, file, line, rule_id


class DatabaseNotReady(BackendError):
    """The database is missing, cannot be reached, or has another schema than this release; says what to do."""


class ModelNotReady(BackendError):
    """The trained model cannot be served with; `reason` is `missing`, `damaged` or `version`, `detail` says more."""

    def __init__(self, reason: str, path: Path, detail: str) -> None:
        super().__init__(f"the model {path} cannot be used, {detail}: run `make train` (scripts/train)")
        self.reason, self.path, self.detail = reason, path, detail


class SettingsError(BackendError):
    """A setting cannot be used as given."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason
