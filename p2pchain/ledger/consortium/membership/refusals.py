"""Refusals of the membership."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class AddressInvalid(Refusal):
    """An address that nobody can dial."""

    code = "MEMBERSHIP_ADDRESS"
    fact_names = ("node", "address")
    words = "nobody can dial this address"
    next_step = "write it as /ip4/192.0.2.1/tcp/26656 or /dns4/node.example/tcp/26656"
    guilt = Guilt.INPUT


class ChangeTooLarge(Refusal):
    """The block replaces too many validators: those who stay are no quorum."""

    code = "MEMBERSHIP_CHANGE_TOO_LARGE"
    words = "too many validators change at once"
    next_step = "spread it over several blocks"
    guilt = Guilt.LIMIT


class ClaimExpired(Refusal):
    """Nobody confirmed a claim within its 90 days."""

    code = "MEMBERSHIP_CLAIM_EXPIRED"
    fact_names = ("org", "identifier", "time_ms")
    words = "the claim has waited too long"
    next_step = "claim it anew: p2pchain membership identify"
    guilt = Guilt.STATE


class NameTaken(Refusal):
    """An organisation, account or node of this name is there."""

    code = "MEMBERSHIP_EXISTS"
    words = "this name is there already"
    next_step = "choose another"
    guilt = Guilt.STATE


class AlreadyFrozen(Refusal):
    """An account, or an organisation, that is frozen is to be frozen."""

    code = "MEMBERSHIP_FROZEN"
    fact_names = ("org", "account")
    words = "it is frozen already"
    next_step = "see: p2pchain membership show"
    guilt = Guilt.STATE


class MembershipFull(Refusal):
    """The limit of organisations, accounts, nodes or validators is reached."""

    code = "MEMBERSHIP_FULL"
    words = "there are as many as there may be"
    next_step = "remove what is not used"
    guilt = Guilt.LIMIT


class NodesRemain(Refusal):
    """An organisation is to leave whose nodes may connect still."""

    code = "MEMBERSHIP_HAS_NODES"
    fact_names = ("nodes",)
    words = "its nodes may connect still"
    next_step = "remove its validators and nodes first"
    guilt = Guilt.STATE


class IdentifierUsed(Refusal):
    """The number is confirmed for another member."""

    code = "MEMBERSHIP_IDENTIFIER_USED"
    fact_names = ("identifier", "org", "holder")
    words = "the number is confirmed for another member"
    next_step = "compare it"
    guilt = Guilt.STATE


class KeyUsed(Refusal):
    """The key serves, or has served, already."""

    code = "MEMBERSHIP_KEY_USED"
    words = "the key serves, or has served, already"
    next_step = "make a new one: p2pchain key new"
    guilt = Guilt.STATE


class LastAdmin(Refusal):
    """Without this admin its organisation could decide nothing for itself."""

    code = "MEMBERSHIP_LAST_ADMIN"
    fact_names = ("admins", "needed")
    words = "its organisation needs this admin"
    next_step = "add another first"
    guilt = Guilt.STATE


class LastValidator(Refusal):
    """The only validator is to be removed."""

    code = "MEMBERSHIP_LAST_VALIDATOR"
    words = "it is the last validator"
    next_step = "add another first"
    guilt = Guilt.STATE


class LeiInvalid(Refusal):
    """The check digits of an LEI do not hold (ISO 17442)."""

    code = "MEMBERSHIP_LEI"
    words = "this is no LEI: its check digits do not hold"
    next_step = "copy it again"
    guilt = Guilt.INPUT


class NameInvalid(Refusal):
    """A name that genesis would not take either."""

    code = "MEMBERSHIP_NAME"
    words = "this is no name for it"
    next_step = "lower-case letters, digits and dashes"
    guilt = Guilt.INPUT


class NameUsed(Refusal):
    """An organisation, account or node that has left bore the name."""

    code = "MEMBERSHIP_NAME_USED"
    fact_names = ("org", "account", "node")
    words = "a name serves once, and this one did"
    next_step = "choose another"
    guilt = Guilt.STATE


class NodeValidates(Refusal):
    """The node has a validator whose votes count still."""

    code = "MEMBERSHIP_NODE_VALIDATES"
    words = "votes of the node still count"
    next_step = "remove its validator first"
    guilt = Guilt.STATE


class NotFrozen(Refusal):
    """The account or organisation to be unfrozen is not frozen."""

    code = "MEMBERSHIP_NOT_FROZEN"
    fact_names = ("org", "account")
    words = "it is not frozen"
    next_step = "see: p2pchain membership show"
    guilt = Guilt.STATE


class KeyUnproven(Refusal):
    """The key itself has not signed that it will serve so."""

    code = "MEMBERSHIP_NOT_PROVEN"
    words = "the key itself has not signed this"
    next_step = "see: p2pchain key prove --help"
    guilt = Guilt.INPUT


class QuorumMissing(Refusal):
    """Admins with more than 2/3 of the power have not signed."""

    code = "MEMBERSHIP_NO_QUORUM"
    words = "admins of organisations with more than 2/3 of the power have to sign"
    next_step = "hand it round with --cosigner ORG --out FILE, or: p2pchain governance propose"
    guilt = Guilt.RIGHTS


class SpareMissing(Refusal):
    """The chain would survive no more validator failure, without consent to that."""

    code = "MEMBERSHIP_NO_SPARE"
    fact_names = ("before", "after", "failing")
    words = "after this, one failure more would stop the chain"
    next_step = "add a validator first, or say that it is meant: --no-spare"
    guilt = Guilt.STATE


class RoleUnknown(Refusal):
    """There is no such role, or its organisation lacks it."""

    code = "MEMBERSHIP_ROLE"
    words = "no such role, or one that its organisation lacks"
    next_step = "see: p2pchain membership show"
    guilt = Guilt.INPUT


class MemberUnknown(Refusal):
    """Nobody has this name or key."""

    code = "MEMBERSHIP_UNKNOWN"
    words = "nobody has this name or key"
    next_step = "see: p2pchain membership show"
    guilt = Guilt.UNKNOWN


class UsccInvalid(Refusal):
    """The check character of a USCC does not hold (GB 32100)."""

    code = "MEMBERSHIP_USCC"
    words = "this is no USCC: its check character does not hold"
    next_step = "copy it again"
    guilt = Guilt.INPUT


class OwnAdminsMissing(Refusal):
    """Fewer admins of the organisation sign than it has agreed on."""

    code = "POL_OWN_UNSATISFIED"
    fact_names = ("org", "needed", "signed")
    words = "more admins of the organisation have to sign"
    next_step = "hand it round with --cosigner KEY --out FILE"
    guilt = Guilt.RIGHTS


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    ChangeTooLarge,
    ClaimExpired,
    NameTaken,
    AddressInvalid,
    AlreadyFrozen,
    MembershipFull,
    NodesRemain,
    IdentifierUsed,
    KeyUsed,
    LastAdmin,
    LastValidator,
    LeiInvalid,
    NameInvalid,
    NameUsed,
    NodeValidates,
    NotFrozen,
    KeyUnproven,
    QuorumMissing,
    SpareMissing,
    RoleUnknown,
    MemberUnknown,
    UsccInvalid,
    OwnAdminsMissing,
)
"""All that the rules of the module raise of their own."""
